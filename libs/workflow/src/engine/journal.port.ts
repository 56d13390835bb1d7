import type { ExecutionStatus, StepStatus } from '../result/workflow-result.js';

/** Names one execution; every look-up starts with the tenant. */
export interface ExecutionKey {
  readonly tenantId: string;
  readonly executionId: string;
}

/** An execution that is about to exist. */
export interface NewExecution extends ExecutionKey {
  readonly workflowId: string;
  readonly workflowVersion: string;
  readonly definitionHash: string;
  readonly capability: string;
  /** Encoded. */
  readonly input: string;
  readonly inputHash: string;
  /** Encoded {@link StartContext}. */
  readonly context: string;
  readonly userId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  /** The worker that runs it at once; without one it waits for a claim. */
  readonly workerId?: string | undefined;
}

/** `joined`: the idempotency key belongs to an execution that exists already. */
export type CreateOutcome =
  | { readonly kind: 'created'; readonly fence: number; readonly createdAt: number }
  | { readonly kind: 'joined'; readonly executionId: string; readonly inputHash: string };

/** A failed attempt that will be repeated. */
export interface FailedAttempt {
  readonly stepId: string;
  /** 1 for the first. */
  readonly attempt: number;
  /** Encoded list of errors. */
  readonly errors: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** Milliseconds from the write until the next attempt is due. */
  readonly retryDelay: number;
}

/** Statuses in which a step has settled. */
export type SettledStatus = Exclude<StepStatus, 'pending' | 'running'>;

/** The durable record that a step settled. Texts are encoded payloads. */
export interface StepCheckpoint {
  readonly stepId: string;
  readonly status: SettledStatus;
  readonly attempts: number;
  readonly output?: string | undefined;
  readonly errors?: string | undefined;
  /** HTTP status that the failure asks for. */
  readonly statusCode?: number | undefined;
  /** Why the step was skipped or cancelled. */
  readonly reason?: string | undefined;
  /** Top-level keys of `data` and `metadata` that the step wrote or removed. */
  readonly writes?: string | undefined;
  readonly audit?: string | undefined;
  readonly usage?: string | undefined;
  readonly startedAt?: number | undefined;
  readonly finishedAt: number;
}

/** Statuses in which an execution has ended. */
export type EndedStatus = Extract<ExecutionStatus, 'completed' | 'failed' | 'cancelled'>;

/** How an execution leaves the hands of its owner. */
export type Departure =
  | {
      readonly kind: 'end';
      readonly status: EndedStatus;
      readonly output?: string | undefined;
      readonly errors?: string | undefined;
      readonly statusCode: number;
      readonly message: string;
      readonly degraded: boolean;
    }
  /** Frees the slot until the execution is due again. */
  | { readonly kind: 'park'; readonly delay: number }
  /** Frees the slot until somebody resumes the execution. */
  | { readonly kind: 'suspend'; readonly reason: string }
  /** Gives the execution back, to be claimed at once or after a delay. */
  | { readonly kind: 'release'; readonly delay: number };

/** Everything one execution has to say at one moment; written whole or not at all. */
export interface Transition extends ExecutionKey {
  readonly run: number;
  readonly fence: number;
  readonly workerId: string;
  readonly attempts: readonly FailedAttempt[];
  readonly checkpoints: readonly StepCheckpoint[];
  readonly departure?: Departure | undefined;
}

/** `fenced`: somebody else owns the execution, or it has ended; nothing was written. */
export type TransitionOutcome =
  { readonly kind: 'applied'; readonly at: number } | { readonly kind: 'fenced' };

/**
 * Where the engine writes. A promise resolves only when its record is durable; records of many
 * executions share a commit.
 */
export abstract class Journal {
  abstract create(execution: NewExecution): Promise<CreateOutcome>;
  abstract record(transition: Transition): Promise<TransitionOutcome>;

  /** Whether a start with the idempotency key of this one is being written: this one will join it. */
  abstract isCreating(execution: NewExecution): boolean;

  /** More waits to be written than should: whoever would bring new work waits, and nothing is dropped. */
  get congested(): boolean {
    return false;
  }
}
