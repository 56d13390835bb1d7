import { RequestLink } from '../context/request-link.js';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import type { CheckedWorkflow } from '../definition/checked-workflow.js';
import type { CancelTimer } from '../runtime/clock.js';
import { Registry } from '../runtime/registry.js';
import type { WorkflowError } from '../result/workflow-error.js';
import type { Codec, EngineLog, TenantProfiles } from './engine.port.js';
import { ExecutionRun, type RunEnd, type RunLimits, type RunServices } from './execution-run.js';
import type { Departure, ExecutionKey } from './journal.port.js';
import { CLAIMS_IN_ISOLATION, SUSPECT_CLAIMS, type OwnedExecution } from './owned-execution.js';

/** Where the engine finds the definition an execution began with. */
export abstract class Definitions {
  abstract withCapability(capability: string): CheckedWorkflow | undefined;
}

/** What the process that started an execution knows without asking. */
export interface LocalKnowledge {
  readonly tenant: TenantConfiguration;
  readonly link: RequestLink;
  /** No other process can wait for it: it has no idempotency key by which a start could join it. */
  readonly awaitedOnlyHere: boolean;
}

/** An execution in the hands of this process, and since when. */
export interface HeldExecution extends ExecutionKey {
  readonly fence: number;
  /** Monotonic milliseconds before which its lease cannot have begun. */
  readonly since: number;
}

interface HeldRun extends HeldExecution {
  readonly run: ExecutionRun;
}

/** Milliseconds between attempts to give back an execution that could not be written. */
const GIVE_BACK_DELAYS = [250, 1_000, 5_000];

/** Why an execution is parked although nothing about it is due. */
export const SUSPENSION = {
  definitionMissing: (capability: string): string =>
    `DEFINITION_MISSING: no registered workflow has the capability "${capability}".`,
  tenantMissing: (tenantId: string): string =>
    `TENANT_MISSING: the tenant directory has no tenant "${tenantId}".`,
  unreadable: 'PAYLOAD_UNREADABLE: the stored input or context cannot be decoded.',
} as const;

function poisoned(
  { workflowId }: OwnedExecution,
  codec: Codec,
  timestamp: Date,
): Extract<Departure, { kind: 'end' }> {
  const message = `Workflow "${workflowId}" was ended, because ${SUSPECT_CLAIMS} workers died while they ran it, the last while it ran alone`;
  const error: WorkflowError = { code: 'POISON', message, retryable: false, timestamp };
  return {
    kind: 'end',
    status: 'failed',
    errors: codec.encode([error]),
    statusCode: 500,
    message,
    degraded: false,
  };
}

/** The executions that are in the hands of this process. */
export class ExecutionEngine {
  private readonly runs = new Registry<HeldRun>();
  private readonly givingBack = new Set<CancelTimer>();
  private stopping = false;

  constructor(
    private readonly definitions: Definitions,
    private readonly profiles: TenantProfiles,
    private readonly services: RunServices,
    private readonly limits: RunLimits,
    private readonly log: EngineLog,
  ) {}

  /**
   * Advances one owned execution until it leaves this process. Never rejects.
   *
   * @param since monotonic milliseconds at which the order that made it ours was sent
   * @param turn the execution is held, but does not go on before this resolves to whether it is still ours
   */
  async run(
    owned: OwnedExecution,
    since: number,
    local?: LocalKnowledge,
    turn?: () => Promise<boolean>,
  ): Promise<RunEnd> {
    try {
      if (owned.claims > CLAIMS_IN_ISOLATION) return await this.endPoisoned(owned);
      // Without a turn in between where everything is known: it is the common case.
      const prepared = this.prepare(owned, local);
      const run = prepared instanceof Promise ? await prepared : prepared;
      if (typeof run === 'string') return await this.suspend(owned, run);
      const key = keyOf(owned);
      const { tenantId, executionId, fence } = owned;
      const held = { tenantId, executionId, fence, since, run };
      this.runs.set(key, held);
      try {
        if (turn && !(await turn())) return { kind: 'fenced' };
        const end = run.advance();
        if (this.stopping) run.drain();
        return this.concluded(owned, await end);
      } finally {
        if (this.runs.get(key) === held) this.runs.delete(key);
      }
    } catch (error) {
      return this.concluded(owned, { kind: 'unwritten', error });
    }
  }

  /** Everything that is in the hands of this process. */
  held(): readonly HeldExecution[] {
    return this.runs.values();
  }

  /** Whether an execution is in the hands of this process. */
  holds(key: ExecutionKey): boolean {
    return this.runs.has(keyOf(key));
  }

  /** The lease of an execution is lost: its local run stops, and writes nothing more. */
  fence(held: { readonly fence: number } & ExecutionKey): void {
    const key = keyOf(held);
    const found = this.runs.get(key);
    if (found?.fence !== held.fence) return;
    // At once: a renewal in the same turn must not keep for us what nobody runs any more.
    this.runs.delete(key);
    found.run.fence();
  }

  /** Stops the local run of an execution that was ended in the store. */
  cancel(key: ExecutionKey): void {
    this.runs.get(keyOf(key))?.run.cancel();
  }

  /** Ids of the steps that run here at this moment, if the execution is here at all. */
  runningSteps(key: ExecutionKey): ReadonlySet<string> | undefined {
    return this.runs.get(keyOf(key))?.run.runningSteps;
  }

  /** Lets steps that run settle and begins no others. */
  drain(): void {
    this.stopping = true;
    for (const cancel of this.givingBack) cancel();
    for (const { run } of this.runs.values()) run.drain();
  }

  /** Stops the steps that still run. */
  interrupt(): void {
    for (const { run } of this.runs.values()) run.interrupt();
  }

  /** The run, or the reason why the execution has to wait. */
  private prepare(
    owned: OwnedExecution,
    local?: LocalKnowledge,
  ): ExecutionRun | string | Promise<ExecutionRun | string> {
    const workflow = this.definitions.withCapability(owned.capability);
    if (!workflow) return SUSPENSION.definitionMissing(owned.capability);
    if (local) return this.runOf(owned, workflow, local.tenant, local.link);
    return this.profiles
      .profile(owned.tenantId)
      .then((tenant) =>
        tenant
          ? this.runOf(owned, workflow, tenant, new RequestLink())
          : SUSPENSION.tenantMissing(owned.tenantId),
      );
  }

  private runOf(
    owned: OwnedExecution,
    workflow: CheckedWorkflow,
    tenant: TenantConfiguration,
    link: RequestLink,
  ): ExecutionRun | string {
    try {
      return new ExecutionRun(workflow, owned, tenant, link, this.services, this.limits);
    } catch (cause) {
      this.warn(owned, 'The stored input or context of an execution cannot be decoded.', cause);
      return SUSPENSION.unreadable;
    }
  }

  /** Whatever it is that ends the process, it shall not end another one. */
  private async endPoisoned(owned: OwnedExecution): Promise<RunEnd> {
    const { journal, codec, clock } = this.services;
    const { tenantId, executionId, run, fence, workerId } = owned;
    const end = poisoned(owned, codec, new Date(clock.now()));
    this.log.warn({ code: 'POISON', message: end.message, tenantId, executionId });
    const nothing = { attempts: [], checkpoints: [] };
    const key = { tenantId, executionId, run, fence, workerId };
    const outcome = await journal.record({ ...key, ...nothing, departure: end });
    if (outcome.kind === 'fenced') return { kind: 'fenced' };
    const { kind: _kind, ...ended } = end;
    const snapshot = { ...owned, ...ended, finishedAt: outcome.at };
    return { kind: 'ended', snapshot };
  }

  private async suspend(owned: OwnedExecution, reason: string): Promise<RunEnd> {
    await this.recordDeparture(owned, { kind: 'suspend', reason });
    return { kind: 'suspended' };
  }

  private concluded(owned: OwnedExecution, end: RunEnd): RunEnd {
    if (end.kind === 'unwritten') {
      this.warn(owned, 'An execution could not be written and is given back.', end.error);
      this.giveBack(owned, 0);
    }
    return end;
  }

  /** The database refused a write: the execution is resumed from its last checkpoint when it answers again. */
  private giveBack(owned: OwnedExecution, attempt: number): void {
    if (this.stopping) return;
    const delay = GIVE_BACK_DELAYS[Math.min(attempt, GIVE_BACK_DELAYS.length - 1)] ?? 0;
    const cancel = this.services.clock.schedule(delay, () => {
      this.givingBack.delete(cancel);
      this.recordDeparture(owned, { kind: 'release', delay: 0 }).catch((error: unknown) => {
        this.warn(owned, 'An execution could not be given back yet.', error);
        this.giveBack(owned, attempt + 1);
      });
    });
    this.givingBack.add(cancel);
  }

  private async recordDeparture(owned: OwnedExecution, departure: Departure): Promise<void> {
    const { tenantId, executionId, run, fence, workerId } = owned;
    const nothing = { attempts: [], checkpoints: [] };
    await this.services.journal.record({
      tenantId,
      executionId,
      run,
      fence,
      workerId,
      ...nothing,
      departure,
    });
  }

  private warn({ tenantId, executionId }: ExecutionKey, message: string, cause: unknown): void {
    this.log.warn({ code: 'STORE_UNAVAILABLE', message, tenantId, executionId, cause });
  }
}

/** Tenants have ids of an alphabet without a space. */
const keyOf = ({ tenantId, executionId }: ExecutionKey): string => `${tenantId} ${executionId}`;
