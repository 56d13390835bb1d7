import type { TenantConfiguration } from '../context/tenant-configuration.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { TenancyOptions } from './tenancy-options.js';
import type { TenantLookup } from './tenant-lookup.js';
import { isTenantName } from './tenant-name.js';
import { headerValues, requestKey, type TenantRequest } from './tenant-request.js';
import { NOBODY, type Principal, type ResolvedTenant, type TenantScope } from './tenant-scope.js';

const DEFAULT_HEADER = 'x-tenant-id';

/** What `request.user` often looks like. */
interface UsualUser {
  readonly id?: unknown;
  readonly sub?: unknown;
  readonly role?: unknown;
  readonly permissions?: unknown;
  readonly tenantId?: unknown;
  readonly tenantIds?: unknown;
}

/**
 * Finds the tenant of a request. The verified user is *evidence*: it grants tenants. The header is a
 * *selector*: it only chooses among what was granted. Whatever speaks must agree.
 */
export abstract class TenantResolver {
  constructor(protected readonly scope: TenantScope) {}

  /** Resolves once per request, freezes the answer, and puts it on the request. */
  async resolve(request: TenantRequest, response: unknown): Promise<ResolvedTenant> {
    const key = requestKey(request);
    const known = this.scope.resolvedFor(key);
    if (known) return known;
    const resolved = await this.find(request);
    this.scope.resolveFor(key, { request, response }, resolved);
    request.tenantId = resolved.tenant.id;
    request.tenantSlug = resolved.tenant.slug;
    request.tenant = resolved.tenant;
    return resolved;
  }

  protected abstract find(request: TenantRequest): Promise<ResolvedTenant>;
}

/** Without tenancy options there is one tenant, and every request is for it. */
export class SingleTenantResolver extends TenantResolver {
  constructor(
    scope: TenantScope,
    private readonly tenant: TenantConfiguration,
  ) {
    super(scope);
  }

  protected override find(request: TenantRequest): Promise<ResolvedTenant> {
    return Promise.resolve({
      tenant: this.tenant,
      principal: usualPrincipal(request.user as UsualUser | undefined),
    });
  }
}

/** The rules for more than one tenant. */
export class RequestTenantResolver extends TenantResolver {
  constructor(
    scope: TenantScope,
    private readonly lookup: TenantLookup,
    private readonly options: TenancyOptions,
  ) {
    super(scope);
  }

  protected override async find(request: TenantRequest): Promise<ResolvedTenant> {
    const selected = this.selected(request);
    const granted = this.granted(request.user);
    const tenant = granted
      ? await this.among(granted, selected)
      : await this.lookup.find(this.unverified(request.user, selected));
    if (!tenant) throw forbidden();
    return { tenant, principal: this.principal(request.user) };
  }

  /** The one tenant the header names, if it was sent. */
  private selected(request: TenantRequest): string | undefined {
    const header = this.options.header ?? DEFAULT_HEADER;
    if (header === false) return undefined;
    const values = headerValues(request, header.toLowerCase());
    const [value] = values;
    if (value === undefined) return undefined;
    if (values.length > 1 || !isTenantName(value)) {
      throw new WorkflowException(
        'TENANT_MALFORMED',
        `The header "${header}" must be sent once, with one tenant id or slug.`,
      );
    }
    return value;
  }

  /** The tenants the verified user may act for; nothing when nobody says anything about that. */
  private granted(user: unknown): readonly string[] | undefined {
    if (user === undefined || user === null) return undefined;
    const claim: unknown = this.options.tenantsOfUser
      ? this.options.tenantsOfUser(user)
      : ((user as UsualUser).tenantIds ?? (user as UsualUser).tenantId);
    if (claim === undefined || claim === null) return undefined;
    const names: unknown[] = Array.isArray(claim) ? claim : [claim];
    if (!names.every(isTenantName)) throw forbidden();
    return [...new Set(names)];
  }

  /**
   * The one of the granted tenants that is meant. A name that was not granted is never looked up, so
   * that the answer, and the time it takes, are the same whether there is such a tenant or not.
   */
  private async among(
    granted: readonly string[],
    selected: string | undefined,
  ): Promise<TenantConfiguration | undefined> {
    const name = selected ?? onlyOne(granted);
    if (granted.includes(name)) return this.lookup.find(name);
    // The grants may be ids and the header a slug, or the other way round.
    for (const grant of granted) {
      const tenant = await this.lookup.find(grant);
      if (tenant && isNameOf(name, tenant)) return tenant;
    }
    // Who acts for one tenant contradicts himself; anybody else chose what is not his.
    throw granted.length === 1 ? mismatch() : forbidden();
  }

  /** What the header says, when nothing says which tenants the caller may act for. */
  private unverified(user: unknown, selected: string | undefined): string {
    if (this.options.trustUnauthenticatedSelectors) {
      if (selected !== undefined) return selected;
      throw required('The request names no tenant.');
    }
    if (user === undefined || user === null) {
      throw new WorkflowException('AUTH_REQUIRED', 'The request carries no verified identity.');
    }
    // A verified user without a tenant is a member of none: naming one does not make it so.
    throw selected === undefined ? withoutTenant() : forbidden();
  }

  private principal(user: unknown): Principal {
    if (user === undefined || user === null) return NOBODY;
    return this.options.principal
      ? { ...NOBODY, ...this.options.principal(user) }
      : usualPrincipal(user);
  }
}

function onlyOne(granted: readonly string[]): string {
  const [only, ...others] = granted;
  if (only === undefined) throw withoutTenant();
  if (others.length === 0) return only;
  throw required('The user belongs to more than one tenant; the request must choose one.');
}

const isNameOf = (name: string, { id, slug }: TenantConfiguration): boolean =>
  name === id || name === slug;

function usualPrincipal(user: UsualUser | undefined): Principal {
  if (typeof user !== 'object' || user === null) return NOBODY;
  const id = user.id ?? user.sub;
  const permissions = Array.isArray(user.permissions) ? user.permissions : [];
  return Object.freeze({
    userId: typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
    userRole: typeof user.role === 'string' ? user.role : undefined,
    userPermissions: Object.freeze(
      permissions.filter((permission): permission is string => typeof permission === 'string'),
    ),
  });
}

const forbidden = (): WorkflowException =>
  new WorkflowException('TENANT_FORBIDDEN', 'The tenant is not available to you.');

const mismatch = (): WorkflowException =>
  new WorkflowException(
    'TENANT_MISMATCH',
    'The request names another tenant than those of the verified user.',
  );

const withoutTenant = (): WorkflowException => required('The verified user has no tenant.');

const required = (message: string): WorkflowException =>
  new WorkflowException('TENANT_REQUIRED', message);
