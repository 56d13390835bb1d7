import { noUsage, type StepUsage } from '../context/performance-metrics.js';
import type { StepContext } from '../context/step-context.js';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import type { UsageMeter } from '../context/usage-meter.js';
import type {
  CheckedStep,
  CheckedWorkflow,
  StepInvocation,
} from '../definition/checked-workflow.js';
import type { Clock } from '../runtime/clock.js';
import type { AttemptContexts } from './attempt-context.js';
import type { TenantScopes } from './engine.port.js';
import type { StepCheckpoint } from './journal.port.js';
import type { OwnedExecution, StartContext } from './owned-execution.js';
import { attemptStep, type AttemptOutcome } from './step-attempt.js';
import type { AttemptFacts, CheckpointWriter } from './step-checkpoint.js';
import { failureOf, type StepFailure } from './step-failure.js';
import type { StepTransactions, TransactionalEnd } from './step-transaction.port.js';

/** What a runner of steps needs from outside. */
export interface StepServices {
  readonly clock: Clock;
  readonly scopes: TenantScopes;
  readonly meter: UsageMeter;
  readonly transactions: StepTransactions;
}

/** What an attempt came to, as its execution sees it. */
export type AttemptResult =
  | { readonly kind: 'completed'; readonly checkpoint: StepCheckpoint }
  /** The checkpoint is durable already, and the execution has ended if there is an end. */
  | {
      readonly kind: 'committed';
      readonly checkpoint: StepCheckpoint;
      readonly departure?: TransactionalEnd | undefined;
      readonly at: number;
    }
  | { readonly kind: 'failed'; readonly failure: StepFailure; readonly facts: AttemptFacts }
  | { readonly kind: 'aborted' | 'fenced' };

/** One attempt that is about to be made. */
export interface AttemptOrder {
  readonly step: CheckedStep;
  readonly abort: AbortController;
  /** 1 for the first. */
  readonly attempt: number;
  readonly lastFailure: StepFailure | undefined;
  /** How the execution ends if this step completes now, if that ends it. */
  readonly endWith: (checkpoint: StepCheckpoint) => TransactionalEnd | undefined;
}

/** Calls the steps of one execution, in their tenant and on their account. */
export class StepRunner {
  private invocations: Promise<(stepId: string) => StepInvocation> | undefined;
  /** What the failed attempts of a step have used, for the next one to add to. */
  private readonly usages = new Map<CheckedStep, StepUsage>();

  constructor(
    private readonly workflow: CheckedWorkflow,
    private readonly owned: OwnedExecution,
    private readonly tenant: TenantConfiguration,
    private readonly start: StartContext,
    private readonly contexts: AttemptContexts,
    private readonly checkpoints: CheckpointWriter,
    private readonly services: StepServices,
  ) {}

  /** Never rejects. */
  async run(order: AttemptOrder): Promise<AttemptResult> {
    const { step } = order;
    const facts: AttemptFacts = {
      stepId: step.id,
      attempts: order.attempt,
      startedAt: this.services.clock.now(),
      usage: this.usages.get(step) ?? noUsage(),
    };
    const result = await this.outcome(order, facts);
    if (result.kind === 'failed') this.usages.set(step, facts.usage);
    else this.usages.delete(step);
    return result;
  }

  private async outcome(order: AttemptOrder, facts: AttemptFacts): Promise<AttemptResult> {
    try {
      return order.step.transactional
        ? await this.runInTransaction(order, facts)
        : this.settled(...(await this.call(order, facts, undefined)));
    } catch (error) {
      return { kind: 'failed', failure: this.failure(error, order.step), facts };
    }
  }

  private async runInTransaction(order: AttemptOrder, facts: AttemptFacts): Promise<AttemptResult> {
    const end = await this.services.transactions.run<AttemptResult>(this.owned, async (manager) => {
      const outcome = this.settled(...(await this.call(order, facts, manager)));
      if (outcome.kind !== 'completed' || order.abort.signal.aborted) {
        return { kind: 'roll-back', outcome };
      }
      const { checkpoint } = outcome;
      return { kind: 'commit', checkpoint, departure: order.endWith(checkpoint) };
    });
    if (end.kind === 'rolled-back') {
      return end.outcome.kind === 'completed' ? { kind: 'aborted' } : end.outcome;
    }
    return end;
  }

  private async call(
    { step, abort, attempt, lastFailure }: AttemptOrder,
    facts: AttemptFacts,
    manager: unknown,
  ): Promise<[AttemptOutcome, AttemptFacts]> {
    const { meter, clock } = this.services;
    const { usage } = facts;
    const context: StepContext = this.contexts.forAttempt(
      step,
      abort.signal,
      usage,
      attempt - 1,
      lastFailure,
      manager,
    );
    const invocation: StepInvocation = async (given) => {
      const invoke = await this.invocationOf(step.id);
      // Whoever was aborted while its providers were made has settled: its effects must not come.
      abort.signal.throwIfAborted();
      return this.inScope(() => meter.run(usage, () => invoke(given)));
    };
    const stopCharging = meter.chargeCpu(usage);
    const outcome = await attemptStep(step, invocation, context, abort, clock);
    // Before the checkpoint is made, which tells of it.
    stopCharging();
    return [outcome, { ...facts, context }];
  }

  private settled(outcome: AttemptOutcome, facts: AttemptFacts): AttemptResult {
    if (outcome.kind === 'aborted') return { kind: 'aborted' };
    if (outcome.kind === 'failed') return { ...outcome, facts };
    const written = this.checkpoints.completed(facts, outcome.value);
    return written.kind === 'written'
      ? { kind: 'completed', checkpoint: written.checkpoint }
      : { kind: 'failed', failure: written.failure, facts };
  }

  private failure(error: unknown, step: CheckedStep): StepFailure {
    return failureOf(error, step.id, new Date(this.services.clock.now()));
  }

  private inScope<T>(work: () => T): T {
    return this.services.scopes.runAs(this.tenant, this.start, work);
  }

  /** The functions of the steps are made once per execution; a failure to make them is not kept. */
  private async invocationOf(stepId: string): Promise<StepInvocation> {
    this.invocations ??= this.inScope(async () =>
      this.workflow.invocations(this.contexts.beforeFirstStep()),
    );
    try {
      return (await this.invocations)(stepId);
    } catch (error) {
      this.invocations = undefined;
      throw error;
    }
  }
}
