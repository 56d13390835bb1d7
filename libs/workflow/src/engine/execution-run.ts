import { noUsage } from '../context/performance-metrics.js';
import type { RequestLink } from '../context/request-link.js';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import type { CheckedStep, CheckedWorkflow } from '../definition/checked-workflow.js';
import { retryDelay } from '../definition/retry-policy.js';
import { deepFreeze } from '../payload/deep-freeze.js';
import type { Random } from '../runtime/random.js';
import { AttemptAbort, AttemptAborted } from './attempt-abort.js';
import { AttemptContexts } from './attempt-context.js';
import { OwnedFrame } from './attempt-frames.js';
import type { Codec } from './engine.port.js';
import { endOf } from './execution-end.js';
import { ExecutionGraph, type SkippedStep } from './execution-graph.js';
import { ExecutionMemory } from './execution-memory.js';
import type { ExecutionSnapshot } from './execution-snapshot.js';
import type {
  Departure,
  FailedAttempt,
  Journal,
  StepCheckpoint,
  TransitionOutcome,
} from './journal.port.js';
import type { OwnedExecution, StartContext } from './owned-execution.js';
import { OwnersTransition } from './owners-transition.js';
import { RetryWaits } from './retry-waits.js';
import { CheckpointWriter, type AttemptFacts } from './step-checkpoint.js';
import type { FailedBefore, StepFailure } from './step-failure.js';
import { StepRunner, type AttemptResult, type StepServices } from './step-runner.js';
import type { TransactionalEnd } from './step-transaction.port.js';

/** What a run needs from outside. */
export interface RunServices extends StepServices {
  readonly journal: Journal;
  readonly random: Random;
  readonly codec: Codec;
}

/** Bounds of one execution. */
export interface RunLimits {
  /** Steps of one execution that run at the same time. */
  readonly parallelSteps: number;
  /** Milliseconds; an execution that would only wait for longer gives its slot back. */
  readonly longestWaitInMemory: number;
}

/** How a run left this process. */
export type RunEnd =
  | { readonly kind: 'ended'; readonly snapshot: ExecutionSnapshot }
  | { readonly kind: 'parked'; readonly delay: number }
  | { readonly kind: 'suspended' | 'released' | 'fenced' | 'cancelled' }
  | { readonly kind: 'unwritten'; readonly error: unknown };

/**
 * Advances one execution: begins ready steps, settles what they came to, writes it down, and leaves
 * when nothing is left to do. At most one transition is in flight; what settles meanwhile gathers
 * for the next one, so the transitions of an execution commit in their order.
 */
export class ExecutionRun {
  private readonly graph: ExecutionGraph;
  private readonly memory: ExecutionMemory;
  private readonly steps: StepRunner;
  private readonly checkpoints: CheckpointWriter;
  private readonly waits: RetryWaits;
  private readonly start: StartContext;
  private readonly failures = new Map<CheckedStep, FailedBefore>();
  private readonly running = new Map<CheckedStep, AttemptAbort>();
  private unwritten: { attempts: FailedAttempt[]; checkpoints: StepCheckpoint[] } = NOTHING();
  private writing = false;
  /** Its departure is being written: whatever becomes due now is for the next owner. */
  private leaving = false;
  /** The attempt whose transaction ends the execution with its commit. */
  private ending: AttemptAbort | undefined;
  /** Its lease is lost; what is being written still says whether that came before or after its end. */
  private lost = false;
  /** Before that, an order only changes how it will begin. */
  private begun = false;
  /** Why whatever still runs is stopped, once a critical step has failed. */
  private stopReason: string | undefined;
  private draining = false;
  private gone = false;
  private leave!: (end: RunEnd) => void;
  private readonly left = new Promise<RunEnd>((resolve) => {
    this.leave = resolve;
  });

  constructor(
    private readonly workflow: CheckedWorkflow,
    private readonly owned: OwnedExecution,
    tenant: TenantConfiguration,
    link: RequestLink,
    private readonly services: RunServices,
    private readonly limits: RunLimits,
  ) {
    const { codec, clock } = services;
    this.start = deepFreeze(codec.decode(owned.context)) as StartContext;
    this.graph = new ExecutionGraph(workflow);
    this.memory = new ExecutionMemory(workflow, this.start, codec);
    this.checkpoints = new CheckpointWriter(codec, clock);
    this.waits = new RetryWaits(clock, () => this.pump());
    const contexts = new AttemptContexts(
      new OwnedFrame(owned, this.start, tenant, link, deepFreeze(codec.decode(owned.input))),
      this.start,
      this.memory,
      clock,
    );
    this.steps = new StepRunner(
      workflow,
      owned,
      tenant,
      this.start,
      contexts,
      this.checkpoints,
      services,
    );
  }

  /** Ids of the steps that run at this moment. */
  get runningSteps(): ReadonlySet<string> {
    return new Set([...this.running.keys()].map(({ id }) => id));
  }

  /** Runs until the execution has ended, waits for long, or belongs to somebody else. */
  advance(): Promise<RunEnd> {
    this.restore();
    this.begun = true;
    this.pump();
    return this.left;
  }

  /** Somebody ended the execution in the store: whatever still runs is told to stop. */
  cancel(): void {
    this.depart({ kind: 'cancelled' }, 'The execution was cancelled.');
  }

  /**
   * Somebody else owns the execution, or may by now: nothing of it may go on here. What is gone may
   * also have ended here, by a commit whose answer is still on its way: that one says which it was.
   */
  fence(): void {
    this.lost = true;
    if (this.leaving) return;
    const committing = [...this.running.values()].find((abort) => abort === this.ending);
    if (committing) committing.abort(new AttemptAborted(LOST));
    else this.departFenced();
  }

  /** Begins nothing new; leaves as soon as the steps that run have settled. */
  drain(): void {
    this.draining = true;
    this.pump();
  }

  /** Stops what still runs and gives the execution back at once. */
  interrupt(): void {
    this.abortRunning('The application is shutting down.');
    this.drain();
  }

  private restore(): void {
    for (const checkpoint of this.owned.checkpoints) {
      const step = this.workflow.stepById.get(checkpoint.stepId);
      if (!step) continue;
      this.memory.remember(checkpoint);
      this.graph.settle(step, checkpoint.status);
      if (checkpoint.status === 'completed') this.graph.release(step);
    }
    // In the order they were made: the last one of a step says when its next one is due.
    const attempts = [...this.owned.attempts].sort((a, b) => a.attempt - b.attempt);
    const last = new Map(attempts.map((attempt) => [attempt.stepId, attempt]));
    for (const attempt of last.values()) {
      const step = this.workflow.stepById.get(attempt.stepId);
      if (!step || this.graph.statusOf(step)) continue;
      const failure = this.checkpoints.failureOf(attempt);
      this.failures.set(step, { attempts: attempt.attempt, failure, usage: noUsage() });
      if (attempt.dueIn > 0) this.waits.add(step, attempt.dueIn);
    }
  }

  /** Takes the execution as far as it goes without waiting. */
  private pump(): void {
    if (this.gone || !this.begun || this.leaving) return;
    if (!this.draining) this.beginSteps();
    if (!this.writing) this.write(this.nextDeparture());
  }

  private beginSteps(): void {
    const free = (): number => this.limits.parallelSteps - this.running.size;
    if (this.waits.size > 0) {
      for (const step of this.waits.takeDue(free())) this.attempt(step);
    }
    if (!this.graph.hasReady) return;
    for (const step of this.graph.takeReady(free())) {
      // After a resume, a ready step may still have to wait for its next attempt.
      if (!this.waits.has(step)) this.attempt(step);
    }
  }

  /** Why the execution should leave now, if it should. */
  private nextDeparture(): Departure | undefined {
    if (this.running.size > 0) return undefined;
    if (this.graph.allSettled) {
      return this.endAfterAll(this.unwritten.checkpoints);
    }
    if (this.draining) return { kind: 'release', delay: 0 };
    // What was just settled may make other steps ready once it is durable.
    if (this.graph.hasReady || this.unwritten.checkpoints.length > 0) return undefined;
    if (this.waits.size === 0) return undefined;
    const delay = this.waits.shortest();
    return delay > this.limits.longestWaitInMemory ? { kind: 'park', delay } : undefined;
  }

  private attempt(step: CheckedStep): void {
    const abort = new AttemptAbort();
    this.running.set(step, abort);
    const order = {
      step,
      abort,
      before: this.failures.get(step),
      endWith: (checkpoint: StepCheckpoint) => {
        const end = this.endWith(checkpoint);
        this.ending = end && abort;
        return end;
      },
    };
    this.steps.run(order, (result) => {
      // A cancellation, or a failure elsewhere, has settled this step already.
      if (this.running.get(step) !== abort) return;
      this.running.delete(step);
      this.attend(() => {
        this.settleAttempt(step, result);
        if (this.lost) this.departFenced();
        else this.pump();
      });
    });
  }

  private settleAttempt(step: CheckedStep, result: AttemptResult): void {
    switch (result.kind) {
      case 'committed':
        this.graph.settle(step, 'completed');
        this.durable([result.checkpoint]);
        if (result.departure) this.depart(this.endAfter(result.departure, result.at), LEFT);
        return;
      case 'fenced':
        this.departFenced();
        return;
      case 'unknown':
        this.breakOff(result.error);
        return;
      default:
        if (this.stopReason === undefined) this.settleUnwritten(step, result);
        else this.stop(step, this.stopReason);
    }
  }

  private settleUnwritten(
    step: CheckedStep,
    result: Extract<AttemptResult, { kind: 'completed' | 'failed' | 'aborted' }>,
  ): void {
    if (result.kind === 'completed') this.settle(step, result.checkpoint);
    if (result.kind === 'failed') this.fail(step, result.failure, result.facts);
  }

  /** The end of the execution, if nothing but this checkpoint is missing for it. */
  private endWith(checkpoint: StepCheckpoint): TransactionalEnd | undefined {
    const { checkpoints } = this.memory;
    const { attempts, checkpoints: settled } = this.unwritten;
    const alone = !this.writing && attempts.length === 0 && settled.length === 0;
    if (!alone || checkpoints.size !== this.workflow.steps.length - 1) return undefined;
    return this.endAfterAll([checkpoint]);
  }

  /** The end of the execution, once these are durable too. */
  private endAfterAll(last: readonly StepCheckpoint[]): TransactionalEnd {
    const all = new Map(this.memory.checkpoints);
    for (const checkpoint of last) all.set(checkpoint.stepId, checkpoint);
    return endOf(this.workflow, all, this.services.codec);
  }

  private fail(step: CheckedStep, failure: StepFailure, facts: AttemptFacts): void {
    if (failure.retryable && facts.attempts <= step.retry.maxRetries) {
      this.repeatLater(step, failure, facts);
      return;
    }
    this.settle(step, this.checkpoints.failed(facts, failure));
    this.skip(this.graph.skipDependentsOf(step));
    if (step.critical && this.workflow.strategy !== 'continue-on-error') this.stopEverything(step);
  }

  /** The failed attempt is journaled with whatever is written next; nobody waits for it. */
  private repeatLater(step: CheckedStep, failure: StepFailure, facts: AttemptFacts): void {
    const delay = retryDelay(step.retry, facts.attempts, this.services.random.next());
    this.failures.set(step, { attempts: facts.attempts, failure, usage: facts.usage });
    this.unwritten.attempts.push({
      stepId: step.id,
      attempt: facts.attempts,
      errors: this.checkpoints.errors(failure),
      startedAt: facts.startedAt,
      finishedAt: this.services.clock.now(),
      retryDelay: delay,
    });
    this.waits.add(step, delay);
  }

  /**
   * The first failure of a critical step ends the execution: nothing else may begin or go on. But a
   * transaction may be committing already: what became of it is known when it is over.
   */
  private stopEverything(cause: CheckedStep): void {
    const reason = `Step "${cause.id}" failed.`;
    this.stopReason = reason;
    const aborted = [...this.running];
    for (const [step] of aborted) if (!step.transactional) this.running.delete(step);
    for (const step of this.waits.clear()) this.stop(step, reason);
    for (const [step] of aborted) if (!step.transactional) this.stop(step, reason);
    this.skip(this.graph.skipRest(reason, this.running));
    for (const [, abort] of aborted) abort.abort(new AttemptAborted(reason));
  }

  private stop(step: CheckedStep, reason: string): void {
    const attempts = this.failures.get(step)?.attempts ?? 0;
    this.settle(step, this.checkpoints.stopped(step.id, 'cancelled', reason, attempts));
  }

  private settle(step: CheckedStep, checkpoint: StepCheckpoint): void {
    this.graph.settle(step, checkpoint.status);
    this.unwritten.checkpoints.push(checkpoint);
  }

  private skip(steps: readonly SkippedStep[]): void {
    for (const { step, reason } of steps) {
      this.unwritten.checkpoints.push(this.checkpoints.stopped(step.id, 'skipped', reason, 0));
    }
  }

  private write(departure: Departure | undefined): void {
    const { attempts, checkpoints } = this.unwritten;
    if (!departure && attempts.length === 0 && checkpoints.length === 0) return;
    this.unwritten = NOTHING();
    this.writing = true;
    this.leaving = departure !== undefined;
    this.services.journal
      .record(new OwnersTransition(this.owned, attempts, checkpoints, departure))
      .then(
        (outcome) => this.attend(() => this.written(outcome, checkpoints, departure)),
        (error: unknown) => this.breakOff(error),
      );
  }

  /** A fault of our own must not leave an execution that nobody advances. */
  private attend(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.breakOff(error);
    }
  }

  private written(
    outcome: TransitionOutcome,
    checkpoints: readonly StepCheckpoint[],
    departure: Departure | undefined,
  ): void {
    this.writing = false;
    if (this.gone) return;
    if (outcome.kind === 'fenced') {
      this.departFenced();
      return;
    }
    this.durable(checkpoints);
    if (departure) this.depart(this.endAfter(departure, outcome.at), LEFT);
    else this.pump();
  }

  /** Dependents of what completed may begin. */
  private durable(checkpoints: readonly StepCheckpoint[]): void {
    for (const checkpoint of checkpoints) {
      this.memory.remember(checkpoint);
      const step = this.workflow.stepById.get(checkpoint.stepId);
      if (step && checkpoint.status === 'completed') this.graph.release(step);
    }
  }

  private endAfter(departure: Departure, at: number): RunEnd {
    switch (departure.kind) {
      case 'end':
        return { kind: 'ended', snapshot: this.snapshot(departure, at) };
      case 'park':
        return { kind: 'parked', delay: departure.delay };
      case 'suspend':
        return { kind: 'suspended' };
      case 'release':
        return { kind: 'released' };
    }
  }

  private snapshot(
    end: Extract<Departure, { kind: 'end' }>,
    finishedAt: number,
  ): ExecutionSnapshot {
    const { owned } = this;
    return {
      tenantId: owned.tenantId,
      executionId: owned.executionId,
      workflowId: owned.workflowId,
      workflowVersion: owned.workflowVersion,
      capability: owned.capability,
      run: owned.run,
      createdAt: owned.createdAt,
      context: owned.context,
      status: end.status,
      output: end.output,
      errors: end.errors,
      statusCode: end.statusCode,
      message: end.message,
      degraded: end.degraded,
      userId: this.start.userId,
      finishedAt,
      checkpoints: [...this.memory.checkpoints.values()],
    };
  }

  private departFenced(): void {
    this.depart({ kind: 'fenced' }, LOST);
  }

  private depart(end: RunEnd, reason: string): void {
    if (this.gone) return;
    this.gone = true;
    this.waits.clear();
    this.abortRunning(reason);
    this.leave(end);
  }

  /** Nothing more can be written of this run: it begins again from what has been. */
  private breakOff(error: unknown): void {
    this.depart({ kind: 'unwritten', error }, 'The execution could not be written.');
  }

  private abortRunning(reason: string): void {
    if (this.running.size === 0) return;
    const aborted = [...this.running.values()];
    this.running.clear();
    for (const abort of aborted) abort.abort(new AttemptAborted(reason));
  }
}

const LEFT = 'The execution has left.';
const LOST = 'The execution belongs to another owner now.';

const NOTHING = (): { attempts: FailedAttempt[]; checkpoints: StepCheckpoint[] } => ({
  attempts: [],
  checkpoints: [],
});
