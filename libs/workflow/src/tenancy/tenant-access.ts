import { TenantProfiles, TenantScopes } from '../engine/engine.port.js';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { TenantLookup } from './tenant-lookup.js';
import { isTenantName } from './tenant-name.js';
import type { TenantRequest } from './tenant-request.js';
import type { TenantResolver } from './tenant-resolver.js';
import { NOBODY, type Principal, type ResolvedTenant, type TenantScope } from './tenant-scope.js';

/** The one door through which the manager learns for whom it works. */
export class TenantAccess implements TenantScopes, TenantProfiles {
  /** Of calls outside every scope. */
  private readonly outside: ResolvedTenant | undefined;

  constructor(
    private readonly scope: TenantScope,
    private readonly lookup: TenantLookup,
    private readonly resolver: TenantResolver,
    /** The tenant of calls outside every scope; only an application without tenancy has one. */
    single: TenantConfiguration | undefined,
  ) {
    this.outside = single && Object.freeze({ tenant: single, principal: NOBODY });
  }

  /**
   * The tenant of this call. In a request that no guard has resolved yet, it is resolved now, by the
   * same rules.
   *
   * @throws `TENANT_CONTEXT_MISSING`, or what the resolution refuses with
   */
  async require(): Promise<ResolvedTenant> {
    const { known } = this;
    if (known) return known;
    const { http } = this.scope;
    if (http) return this.resolver.resolve(http.request as TenantRequest, http.response);
    throw new WorkflowException(
      'TENANT_CONTEXT_MISSING',
      'This call needs a tenant. Make it in a request that resolves one, or inside runAsTenant(tenant, work).',
    );
  }

  /** The tenant of this call, if nothing is left to resolve. */
  get known(): ResolvedTenant | undefined {
    const { tenant, http, isSystem } = this.scope;
    if (tenant) return tenant;
    return http || isSystem ? undefined : this.outside;
  }

  /**
   * The tenant whose rows a call may touch, checked against what the caller named.
   *
   * @returns undefined for the system scope when it named none
   */
  async requireFor(named: string | undefined): Promise<string | undefined> {
    if (this.scope.isSystem) return named === undefined ? undefined : this.idOf(named);
    const { tenant } = await this.require();
    if (named !== undefined && named !== tenant.id && named !== tenant.slug) {
      throw new WorkflowException(
        'TENANT_MISMATCH',
        'The call names another tenant than the scope it is made in.',
      );
    }
    return tenant.id;
  }

  /** Rows carry ids. Those of a tenant that is gone from the directory can still be asked for by id. */
  private async idOf(named: string): Promise<string> {
    if (isTenantName(named)) return (await this.lookup.find(named))?.id ?? named;
    throw new WorkflowException('TENANT_MALFORMED', 'The call names something that is no tenant.');
  }

  async runAsTenant<T>(idOrSlug: string, work: () => Promise<T> | T): Promise<T> {
    const tenant = await this.lookup.find(idOrSlug);
    if (!tenant) {
      throw new WorkflowException('TENANT_FORBIDDEN', 'There is no such tenant in the directory.');
    }
    return this.scope.runAsTenant({ tenant, principal: NOBODY }, work);
  }

  runAsSystem<T>(reason: string, work: () => Promise<T> | T): Promise<T> {
    return this.scope.runAsSystem(reason, async () => work());
  }

  runAs<T>(tenant: TenantConfiguration, principal: Principal, work: () => T): T {
    return this.scope.runAsTenant({ tenant, principal }, work);
  }

  profile(tenantId: string): Promise<TenantConfiguration | undefined> {
    return this.lookup.profile(tenantId);
  }

  /** Remembers, for the response of this request, that a look-up found nothing. */
  noteMissing(missing: WorkflowException): void {
    this.scope.noteMissing(missing);
  }

  /** The request that is being served, if any; what goes on after its response is no part of it. */
  get http(): { request: unknown; response: unknown } | undefined {
    const { http } = this.scope;
    return http && isOpen(http.response) ? http : undefined;
  }
}

function isOpen(response: unknown): boolean {
  const { raw } = (response ?? {}) as { raw?: unknown };
  const { destroyed } = (raw ?? response ?? {}) as { destroyed?: boolean };
  return destroyed !== true;
}
