import { noUsage, type StepUsage } from '../context/performance-metrics.js';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import type { UsageMeter } from '../context/usage-meter.js';
import type { WorkflowContext } from '../context/workflow-context.js';
import type {
  CheckedStep,
  CheckedWorkflow,
  StepInvocation,
} from '../definition/checked-workflow.js';
import type { Clock } from '../runtime/clock.js';
import type { Timeouts } from '../runtime/timeouts.js';
import type { AttemptAbort } from './attempt-abort.js';
import type { AttemptContexts } from './attempt-context.js';
import type { TenantScopes } from './engine.port.js';
import type { StepCheckpoint } from './journal.port.js';
import type { OwnedExecution, StartContext } from './owned-execution.js';
import { attemptStep, type AttemptOutcome } from './step-attempt.js';
import { AttemptFacts, type CheckpointWriter } from './step-checkpoint.js';
import { failureOf, type FailedBefore, type StepFailure } from './step-failure.js';
import type {
  StepTransactions,
  TransactionalEnd,
  TransactionVerdict,
} from './step-transaction.port.js';

/** What a runner of steps needs from outside. */
export interface StepServices {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
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
  | { readonly kind: 'aborted' }
  | { readonly kind: 'fenced' }
  | { readonly kind: 'unknown'; readonly error: unknown };

/** One attempt that is about to be made. */
export interface AttemptOrder {
  readonly step: CheckedStep;
  readonly abort: AttemptAbort;
  /** Absent for the first attempt. */
  readonly before: FailedBefore | undefined;
  /** How the execution ends if this step completes now, if that ends it. */
  readonly endWith: (checkpoint: StepCheckpoint) => TransactionalEnd | undefined;
}

type Invocations = (stepId: string) => StepInvocation;

/** Calls the steps of one execution, in their tenant and on their account. */
export class StepRunner {
  private invocations: Invocations | Promise<Invocations> | undefined;

  constructor(
    private readonly workflow: CheckedWorkflow,
    private readonly owned: OwnedExecution,
    private readonly tenant: TenantConfiguration,
    private readonly start: StartContext,
    private readonly contexts: AttemptContexts,
    private readonly checkpoints: CheckpointWriter,
    private readonly services: StepServices,
  ) {}

  /** @param onResult called once */
  run(order: AttemptOrder, onResult: (result: AttemptResult) => void): void {
    const { step, before } = order;
    const facts = new AttemptFacts(
      step.id,
      (before?.attempts ?? 0) + 1,
      this.services.clock.now(),
      before?.usage ?? noUsage(),
    );
    const fail = (error: unknown): void =>
      onResult({ kind: 'failed', failure: this.failure(error, step), facts });
    if (step.transactional) {
      this.runInTransaction(order, facts).then(onResult, fail);
      return;
    }
    try {
      this.call(order, facts, undefined, (outcome) => onResult(this.settled(outcome, facts)));
    } catch (error) {
      // Never before this call has returned: whoever gave the order is in the middle of something.
      queueMicrotask(() => fail(error));
    }
  }

  private async runInTransaction(order: AttemptOrder, facts: AttemptFacts): Promise<AttemptResult> {
    const { abort } = order;
    const work = async (manager: unknown): Promise<TransactionVerdict<AttemptResult>> => {
      // It may have been told to stop while it waited for its transaction.
      if (abort.aborted) return { kind: 'roll-back', outcome: { kind: 'aborted' } };
      const attempted = await this.called(order, facts, manager);
      const outcome = this.settled(attempted, facts);
      if (outcome.kind !== 'completed' || abort.aborted) {
        return { kind: 'roll-back', outcome, cause: faultOf(attempted) };
      }
      const { checkpoint } = outcome;
      return { kind: 'commit', checkpoint, departure: order.endWith(checkpoint) };
    };
    const end = await this.services.transactions.run(this.owned, work, abort.signal);
    if (end.kind === 'rolled-back') {
      return end.outcome.kind === 'completed' ? { kind: 'aborted' } : end.outcome;
    }
    return end;
  }

  private called(
    order: AttemptOrder,
    facts: AttemptFacts,
    manager: unknown,
  ): Promise<AttemptOutcome> {
    return new Promise((resolve) => {
      this.call(order, facts, manager, resolve);
    });
  }

  private call(
    { step, abort, before }: AttemptOrder,
    facts: AttemptFacts,
    manager: unknown,
    onOutcome: (outcome: AttemptOutcome) => void,
  ): void {
    const { meter, clock, timeouts } = this.services;
    const { usage } = facts;
    const context = this.contexts.forAttempt(step, abort, usage, before, manager);
    facts.context = context;
    const invoke = (): unknown => this.invoke(step, context, abort, usage);
    const stopCharging = meter.chargeCpu(usage);
    attemptStep(step, invoke, abort, timeouts, clock, (outcome) => {
      // Before the checkpoint is made, which tells of it.
      stopCharging();
      onOutcome(outcome);
    });
  }

  private settled(outcome: AttemptOutcome, facts: AttemptFacts): AttemptResult {
    if (outcome.kind === 'aborted') return { kind: 'aborted' };
    if (outcome.kind === 'failed') return { kind: 'failed', failure: outcome.failure, facts };
    const written = this.checkpoints.completed(facts, outcome.value);
    return written.kind === 'written'
      ? { kind: 'completed', checkpoint: written.checkpoint }
      : { kind: 'failed', failure: written.failure, facts };
  }

  private failure(error: unknown, step: CheckedStep): StepFailure {
    return failureOf(error, step.id, new Date(this.services.clock.now()));
  }

  private invoke(
    step: CheckedStep,
    context: WorkflowContext,
    abort: AttemptAbort,
    usage: StepUsage,
  ): unknown {
    const call = (invocations: Invocations): unknown => {
      const invocation = invocations(step.id);
      return this.inScope(() => this.services.meter.run(usage, () => invocation(context)));
    };
    const invocations = this.readyInvocations();
    if (typeof invocations === 'function') return call(invocations);
    return invocations.then((ready) => {
      // Whoever was aborted while its providers were made has settled: its effects must not come.
      abort.throwIfAborted();
      return call(ready);
    });
  }

  /** The functions of the steps are made once per execution; a failure to make them is not kept. */
  private readyInvocations(): Invocations | Promise<Invocations> {
    if (this.invocations) return this.invocations;
    const made = this.inScope(() =>
      this.workflow.invocations(() => this.contexts.beforeFirstStep()),
    );
    this.invocations = made;
    if (typeof made === 'function') return made;
    made.then(
      (ready) => {
        this.invocations = ready;
      },
      () => {
        this.invocations = undefined;
      },
    );
    return made;
  }

  private inScope<T>(work: () => T): T {
    return this.services.scopes.runAs(this.tenant, this.start, work);
  }
}

/** What the step may not be to blame for. A failure that says it is final is the author's own. */
const faultOf = (outcome: AttemptOutcome): unknown =>
  outcome.kind === 'failed' && outcome.failure.retryable ? outcome.thrown : undefined;
