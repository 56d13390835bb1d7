import type { StepContext } from '../context/step-context.js';
import type { StepUsage } from '../context/performance-metrics.js';
import { isWorkflowException, WorkflowException } from '../result/workflow.exception.js';
import type { WorkflowError } from '../result/workflow-error.js';
import type { Clock } from '../runtime/clock.js';
import { encodeErrors } from './encoded-errors.js';
import type { Codec } from './engine.port.js';
import type { StepCheckpoint } from './journal.port.js';
import { failureOf, type StepFailure } from './step-failure.js';

/** What a checkpoint needs to know of the attempt that settled its step. */
export class AttemptFacts {
  /** Absent when the attempt failed before it had one. */
  context: StepContext | undefined;

  constructor(
    readonly stepId: string,
    readonly attempts: number,
    /** Milliseconds since the epoch. */
    readonly startedAt: number,
    readonly usage: StepUsage,
  ) {}
}

type Written =
  | { readonly kind: 'written'; readonly checkpoint: StepCheckpoint }
  | { readonly kind: 'refused'; readonly failure: StepFailure };

/** Turns what an attempt came to into its durable record. */
export class CheckpointWriter {
  constructor(
    private readonly codec: Codec,
    private readonly clock: Clock,
  ) {}

  /** Refused when the output or what the step wrote cannot be stored: then the step has failed. */
  completed(facts: AttemptFacts, value: unknown): Written {
    try {
      const changes = facts.context?.changes();
      const audit = facts.context?.auditTrail;
      return {
        kind: 'written',
        checkpoint: {
          stepId: facts.stepId,
          status: 'completed',
          attempts: facts.attempts,
          output: this.output(value, facts.stepId),
          writes: changes && this.codec.encode(changes),
          audit: audit && audit.length > 0 ? this.codec.encode(audit) : undefined,
          usage: JSON.stringify(facts.usage),
          startedAt: facts.startedAt,
          finishedAt: this.clock.now(),
        },
      };
    } catch (error) {
      return { kind: 'refused', failure: failureOf(error, facts.stepId, this.now()) };
    }
  }

  failed(facts: AttemptFacts, failure: StepFailure): StepCheckpoint {
    return {
      stepId: facts.stepId,
      status: 'failed',
      attempts: facts.attempts,
      errors: this.errors(failure),
      statusCode: failure.statusCode,
      audit: this.auditOfFailure(facts),
      usage: JSON.stringify(facts.usage),
      startedAt: facts.startedAt,
      finishedAt: this.clock.now(),
    };
  }

  /** A step that never settled by itself. */
  stopped(
    stepId: string,
    status: 'skipped' | 'cancelled',
    reason: string,
    attempts: number,
  ): StepCheckpoint {
    return { stepId, status, reason, attempts, finishedAt: this.clock.now() };
  }

  errors(failure: StepFailure): string {
    return encodeErrors(failure.errors, this.codec);
  }

  /** A failure as the journal tells it. */
  failureOf(stored: { errors?: string | undefined; statusCode?: number | undefined }): StepFailure {
    const errors = (
      stored.errors === undefined ? [] : this.codec.decode(stored.errors)
    ) as WorkflowError[];
    return {
      errors,
      statusCode: stored.statusCode ?? 500,
      retryable: errors.every(({ retryable }) => retryable),
    };
  }

  private output(value: unknown, stepId: string): string {
    try {
      return this.codec.encode(value);
    } catch (error) {
      if (!isWorkflowException(error) || error.code !== 'PAYLOAD_TOO_LARGE') throw error;
      throw new WorkflowException(
        'OUTPUT_TOO_LARGE',
        `The output of step "${stepId}" is too large: ${error.message}`,
        error.details ? { details: error.details } : {},
      );
    }
  }

  /** A failed step keeps the entries it pushed, unless they are themselves what cannot be stored. */
  private auditOfFailure({ context }: AttemptFacts): string | undefined {
    if (!context || context.auditTrail.length === 0) return undefined;
    try {
      return this.codec.encode(context.auditTrail);
    } catch {
      return undefined;
    }
  }

  private now(): Date {
    return new Date(this.clock.now());
  }
}
