import type { TenantConfiguration } from '../context/tenant-configuration.js';
import type { Principal } from './tenant-scope.js';

/**
 * Where tenants are looked up.
 *
 * @publicApi
 */
export interface TenantDirectory {
  /** The tenant with this id or slug. Answers are kept for at most 5 seconds. */
  findTenant(
    idOrSlug: string,
  ): Promise<TenantConfiguration | undefined> | TenantConfiguration | undefined;
}

/**
 * Who the tenants are, and what of a request may say which one it is for.
 *
 * @publicApi
 */
export interface TenancyOptions {
  /** A fixed list, or a directory that is asked. */
  tenants: readonly TenantConfiguration[] | TenantDirectory;
  /**
   * Ids or slugs of the tenants the verified user may act for. Receives `request.user`, as the
   * application's own authentication left it.
   *
   * @default user.tenantIds ?? user.tenantId
   */
  tenantsOfUser?: (user: unknown) => string | readonly string[] | undefined;
  /**
   * Who acts, from `request.user`.
   *
   * @default { userId: user.id ?? user.sub, userRole: user.role, userPermissions: user.permissions }
   */
  principal?: (user: unknown) => Partial<Principal>;
  /**
   * Header that chooses among the tenants of the user; `false` reads none.
   *
   * @default 'x-tenant-id'
   */
  header?: string | false;
  /**
   * Believes the header although nothing verified the caller. Refused at boot when `NODE_ENV` is
   * `production`, unless `behindTrustedProxy` is true.
   *
   * @default false
   */
  trustUnauthenticatedSelectors?: boolean;
  /**
   * States that a proxy in front of the application sets the header itself and drops what clients send.
   *
   * @default false
   */
  behindTrustedProxy?: boolean;
}
