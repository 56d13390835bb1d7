import type { TenantConfiguration } from '../../../libs/workflow/src/context/tenant-configuration.js';
import { frozenTenant } from '../../../libs/workflow/src/tenancy/frozen-tenant.js';
import { SINGLE_TENANT } from '../../../libs/workflow/src/tenancy/single-tenant.js';
import { TenantAccess } from '../../../libs/workflow/src/tenancy/tenant-access.js';
import { TenantLookup } from '../../../libs/workflow/src/tenancy/tenant-lookup.js';
import { SingleTenantResolver } from '../../../libs/workflow/src/tenancy/tenant-resolver.js';
import { TenantScope } from '../../../libs/workflow/src/tenancy/tenant-scope.js';
import { SystemClock } from '../../../libs/workflow/src/runtime/clock.js';

export const TENANTS: readonly TenantConfiguration[] = ['acme', 'globex'].map((id) =>
  frozenTenant({ ...SINGLE_TENANT, id, slug: id, name: id }),
);

const byId = new Map(TENANTS.map((tenant) => [tenant.id, tenant]));

export function tenantOf(id: string): TenantConfiguration {
  const tenant = byId.get(id);
  if (!tenant) throw new Error(`There is no tenant ${id}.`);
  return tenant;
}

const scope = new TenantScope();
const lookup = new TenantLookup(TENANTS, new SystemClock());
const resolver = new SingleTenantResolver(scope, SINGLE_TENANT);

/** The tenants as one node knows them. Steps run in no scope: nothing here asks for one. */
export class NodeTenants extends TenantAccess {
  constructor(private readonly isMissing: (tenantId: string) => boolean) {
    super(scope, lookup, resolver, undefined);
  }

  override runAs<T>(_tenant: unknown, _principal: unknown, work: () => T): T {
    return work();
  }

  override profile(tenantId: string): Promise<TenantConfiguration | undefined> {
    return Promise.resolve(this.isMissing(tenantId) ? undefined : byId.get(tenantId));
  }
}
