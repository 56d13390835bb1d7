import { LRUCache } from 'lru-cache';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import { TenantProfiles } from '../engine/engine.port.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { Clock } from '../runtime/clock.js';
import { frozenTenant } from './frozen-tenant.js';
import type { TenancyOptions, TenantDirectory } from './tenancy-options.js';
import { isTenantName } from './tenant-name.js';

/** Milliseconds an answer of a directory is believed: a suspended tenant is out within this time. */
const BELIEVED_FOR = 5_000;

/** Answers kept, the empty ones included, so that guessing names does not reach the directory. */
const ANSWERS_KEPT = 10_000;

interface Answer {
  readonly tenant: TenantConfiguration | undefined;
}

/** Tenants by id or slug. */
export class TenantLookup extends TenantProfiles {
  private readonly fixed: ReadonlyMap<string, TenantConfiguration> | undefined;
  private readonly directory: TenantDirectory | undefined;
  private readonly answers: LRUCache<string, Answer>;

  constructor(tenants: TenancyOptions['tenants'], clock: Clock) {
    super();
    this.answers = new LRUCache({
      max: ANSWERS_KEPT,
      ttl: BELIEVED_FOR,
      // Otherwise time is read at most once a millisecond by a timer of the cache's own.
      ttlResolution: 0,
      perf: { now: () => clock.monotonic() + 1 },
    });
    if ('findTenant' in tenants) this.directory = tenants;
    else this.fixed = index(tenants);
  }

  /** Ids only: what is stored never says a slug. */
  override async profile(tenantId: string): Promise<TenantConfiguration | undefined> {
    const tenant = await this.find(tenantId);
    return tenant?.id === tenantId ? tenant : undefined;
  }

  async find(idOrSlug: string): Promise<TenantConfiguration | undefined> {
    if (!isTenantName(idOrSlug)) return undefined;
    if (this.fixed) return this.fixed.get(idOrSlug);
    const known = this.answers.get(idOrSlug);
    if (known) return known.tenant;
    const answer = await this.ask(idOrSlug);
    const tenant = answer && frozenTenant(answer);
    this.answers.set(idOrSlug, { tenant });
    return tenant;
  }

  private async ask(idOrSlug: string): Promise<TenantConfiguration | undefined> {
    let tenant: TenantConfiguration | undefined;
    try {
      tenant = await this.directory?.findTenant(idOrSlug);
    } catch (cause) {
      throw new WorkflowException(
        'TENANT_DIRECTORY_FAILED',
        'The tenant directory did not answer.',
        { cause, retryable: true },
      );
    }
    // An answer for somebody else must never be taken for the one that was asked for.
    return tenant && (tenant.id === idOrSlug || tenant.slug === idOrSlug) ? tenant : undefined;
  }
}

function index(tenants: readonly TenantConfiguration[]): ReadonlyMap<string, TenantConfiguration> {
  const byName = new Map<string, TenantConfiguration>();
  for (const tenant of tenants) {
    for (const name of new Set([tenant.id, tenant.slug])) {
      if (!isTenantName(name)) throw invalid(`"${String(name)}" is not a valid tenant id or slug`);
      if (byName.has(name)) throw invalid(`two tenants have the id or slug "${name}"`);
    }
    const copy = frozenTenant(tenant);
    byName.set(copy.id, copy).set(copy.slug, copy);
  }
  return byName;
}

const invalid = (problem: string): WorkflowException =>
  new WorkflowException(
    'MODULE_OPTION_INVALID',
    `tenancy.tenants: ${problem}. Use 1 to 63 lower-case letters, digits and inner hyphens, each name once.`,
  );
