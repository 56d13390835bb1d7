/** Who calls, as the API key proves it. The workflow module reads the tenant from here. */
export interface AuthenticatedUser {
  readonly id: string;
  readonly role: string;
  readonly permissions: readonly string[];
  readonly tenantId: string;
}
