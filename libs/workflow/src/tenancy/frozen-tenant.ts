import type { TenantConfiguration } from '../context/tenant-configuration.js';

/**
 * A copy that nobody can change. One object serves all requests of a tenant: were it open to writing,
 * a handler that assigns a body to `request.tenant` would change for everybody who the tenant is.
 */
export function frozenTenant(tenant: TenantConfiguration): TenantConfiguration {
  const { id, slug, name, features, limits, branding, security, dataRetention, domain } = tenant;
  // The fields by name, because those of an entity may be accessors of its class.
  const fields = { id, slug, name, features, limits, branding, security, dataRetention };
  return frozen({
    ...tenant,
    ...fields,
    ...(domain === undefined ? {} : { domain }),
  }) as TenantConfiguration;
}

/** Copies and freezes plain objects and arrays; what has a class is left alone. */
function frozen(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(frozen));
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, item]) => [key, frozen(item)])),
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
