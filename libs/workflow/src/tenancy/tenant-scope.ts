import { AsyncLocalStorage } from 'node:async_hooks';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import { WorkflowException } from '../result/workflow.exception.js';

/** Who acts, as far as the application verified it. */
export interface Principal {
  readonly userId?: string | undefined;
  readonly userRole?: string | undefined;
  readonly userPermissions: readonly string[];
}

/** A tenant and who acts for it; frozen. */
export interface ResolvedTenant {
  readonly tenant: TenantConfiguration;
  readonly principal: Principal;
}

/** The request a scope was opened for. */
export interface ScopedRequest {
  readonly request: unknown;
  readonly response: unknown;
}

/** What travels with the asynchronous context of a call. */
interface ScopeState {
  resolved?: ResolvedTenant;
  readonly systemReason?: string;
  http?: ScopedRequest;
  /** What the last look-up of the request did not find. */
  missing?: WorkflowException;
}

export const NOBODY: Principal = Object.freeze({ userPermissions: Object.freeze([]) });

/**
 * The tenant of the call that is being served. Opened with `run()` only, so that it ends where its
 * work ends; resolved once, then frozen.
 */
export class TenantScope {
  private readonly storage = new AsyncLocalStorage<ScopeState>();
  private readonly byRequest = new WeakMap<object, ScopeState>();

  get tenant(): ResolvedTenant | undefined {
    return this.storage.getStore()?.resolved;
  }

  get isSystem(): boolean {
    return this.storage.getStore()?.systemReason !== undefined;
  }

  /** The open request, for as long as the scope is that of the request itself. */
  get http(): ScopedRequest | undefined {
    return this.storage.getStore()?.http;
  }

  /** Remembers, for the response of this request, that a look-up found nothing. */
  noteMissing(missing: WorkflowException): void {
    const state = this.storage.getStore();
    if (state?.http) state.missing = missing;
  }

  /** What a look-up of the request did not find. */
  missingFor(key: object): WorkflowException | undefined {
    return this.byRequest.get(key)?.missing;
  }

  /** Runs work for a tenant. */
  runAsTenant<T>(resolved: ResolvedTenant, work: () => T): T {
    return this.storage.run({ resolved: Object.freeze(resolved) }, work);
  }

  /** Runs work that may look across tenants; it has no tenant of its own. */
  runAsSystem<T>(reason: string, work: () => T): T {
    return this.storage.run({ systemReason: reason }, work);
  }

  /** Opens the empty scope of a request; a second call for the request goes on in the first scope. */
  runForRequest<T>(key: object, http: ScopedRequest, work: () => T): T {
    const state = this.stateOf(key, http);
    return this.storage.getStore() === state ? work() : this.storage.run(state, work);
  }

  /** The tenant a guard resolved for the request. */
  resolvedFor(key: object): ResolvedTenant | undefined {
    return this.byRequest.get(key)?.resolved;
  }

  /** Gives the request its tenant. A request has one tenant: another one is refused. */
  resolveFor(key: object, http: ScopedRequest, resolved: ResolvedTenant): void {
    const state = this.stateOf(key, http);
    if (state.resolved && state.resolved.tenant.id !== resolved.tenant.id) {
      throw new WorkflowException(
        'TENANT_CONTEXT_FROZEN',
        'The tenant of this request is already resolved and cannot change.',
      );
    }
    state.resolved ??= Object.freeze(resolved);
  }

  private stateOf(key: object, http: ScopedRequest): ScopeState {
    const state = this.byRequest.get(key) ?? {};
    // The framework's request, which carries the user, comes after the platform's bare one.
    state.http = http;
    this.byRequest.set(key, state);
    return state;
  }
}
