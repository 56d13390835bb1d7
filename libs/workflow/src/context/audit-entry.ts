/**
 * One line of an audit trail. Entries a step pushes are part of its checkpoint.
 *
 * @publicApi
 */
export interface AuditEntry {
  timestamp: Date;
  /** For example `user_created`. */
  action: string;
  userId?: string | undefined;
  tenantId: string;
  /** What was acted on. */
  resource: string;
  details: Record<string, unknown>;
  ipAddress?: string;
  userAgent?: string;
}
