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
    const name = this.choose(request.user, granted, selected);
    const tenant = await this.lookup.find(name);
    // A user's own list may name a tenant by id and the header by slug: look before comparing.
    if (!tenant) throw forbidden();
    if (granted.length > 0 && !granted.some((grant) => isNameOf(grant, tenant))) throw mismatch();
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

  /** The tenants the verified user may act for. */
  private granted(user: unknown): readonly string[] {
    if (user === undefined || user === null) return [];
    const claim: unknown = this.options.tenantsOfUser
      ? this.options.tenantsOfUser(user)
      : ((user as UsualUser).tenantIds ?? (user as UsualUser).tenantId);
    const names: unknown[] = Array.isArray(claim)
      ? claim
      : claim === undefined || claim === null
        ? []
        : [claim];
    if (!names.every(isTenantName)) throw forbidden();
    return names;
  }

  private choose(user: unknown, granted: readonly string[], selected: string | undefined): string {
    const [only] = granted;
    if (only !== undefined) {
      if (selected !== undefined) return selected;
      if (granted.length === 1) return only;
      throw required('The user belongs to more than one tenant; the request must choose one.');
    }
    if (this.options.trustUnauthenticatedSelectors) {
      if (selected !== undefined) return selected;
      throw required('The request names no tenant.');
    }
    if (user === undefined || user === null) {
      throw new WorkflowException('AUTH_REQUIRED', 'The request carries no verified identity.');
    }
    // A verified user without a tenant is a member of none: naming one does not make it so.
    if (selected !== undefined) throw forbidden();
    throw required('The verified user has no tenant.');
  }

  private principal(user: unknown): Principal {
    if (user === undefined || user === null) return NOBODY;
    return this.options.principal
      ? { ...NOBODY, ...this.options.principal(user) }
      : usualPrincipal(user as UsualUser);
  }
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

const required = (message: string): WorkflowException =>
  new WorkflowException('TENANT_REQUIRED', message);
