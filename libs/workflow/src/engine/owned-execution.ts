import type { ExecutionKey, FailedAttempt, NewExecution, StepCheckpoint } from './journal.port.js';

/** What a start gives its execution beside the input; durable. */
export interface StartContext {
  readonly tenantSlug: string;
  readonly userId?: string | undefined;
  readonly userRole?: string | undefined;
  readonly userPermissions: readonly string[];
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly dataEncryption?: boolean | undefined;
}

/** A failed attempt as it is read back: how long until its repeat is due. */
export type PastAttempt = Omit<FailedAttempt, 'retryDelay'> & { readonly dueIn: number };

/** An execution that has been claimed so often is suspected of ending its workers. */
export const SUSPECT_CLAIMS = 3;

/** What a suspect counts while it runs alone: if its owner dies now, it ended three by itself. */
export const CLAIMS_IN_ISOLATION = 4;

/** An execution in the hands of this worker, with everything that has been written of it. */
export interface OwnedExecution extends ExecutionKey {
  readonly workflowId: string;
  readonly workflowVersion: string;
  readonly capability: string;
  readonly run: number;
  readonly fence: number;
  readonly workerId: string;
  /**
   * How often it was claimed without being given back since; the first time is 1. A suspect counts no
   * further while it waits for its turn: what dies then dies beside others.
   */
  readonly claims: number;
  readonly input: string;
  readonly context: string;
  /** Milliseconds since the epoch, by the database's clock. */
  readonly createdAt: number;
  /** Of this run, and the completed ones of earlier runs. */
  readonly checkpoints: readonly StepCheckpoint[];
  readonly attempts: readonly PastAttempt[];
}

/** An execution in the hands of the worker that has just created it. */
export class CreatedExecution implements OwnedExecution {
  readonly tenantId: string;
  readonly executionId: string;
  readonly workflowId: string;
  readonly workflowVersion: string;
  readonly capability: string;
  readonly input: string;
  readonly context: string;
  readonly run = 1;
  readonly claims = 1;
  readonly checkpoints: readonly StepCheckpoint[] = NOTHING;
  readonly attempts: readonly PastAttempt[] = NOTHING;

  constructor(
    execution: NewExecution,
    readonly workerId: string,
    readonly fence: number,
    readonly createdAt: number,
  ) {
    this.tenantId = execution.tenantId;
    this.executionId = execution.executionId;
    this.workflowId = execution.workflowId;
    this.workflowVersion = execution.workflowVersion;
    this.capability = execution.capability;
    this.input = execution.input;
    this.context = execution.context;
  }
}

const NOTHING: readonly never[] = [];
