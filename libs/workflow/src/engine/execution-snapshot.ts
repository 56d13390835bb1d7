import type { ExecutionStatus } from '../result/workflow-result.js';
import type { ExecutionKey, StepCheckpoint } from './journal.port.js';

/** Everything that is written of one execution, as its owner or the store knows it. */
export interface ExecutionSnapshot extends ExecutionKey {
  readonly workflowId: string;
  readonly workflowVersion: string;
  readonly capability: string;
  readonly status: ExecutionStatus;
  /** Why it is suspended. */
  readonly reason?: string | undefined;
  readonly userId?: string | undefined;
  readonly run: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly finishedAt?: number | undefined;
  readonly output?: string | undefined;
  readonly errors?: string | undefined;
  readonly statusCode?: number | undefined;
  readonly message?: string | undefined;
  readonly degraded: boolean;
  /** Encoded {@link StartContext}. */
  readonly context: string;
  readonly checkpoints: readonly StepCheckpoint[];
}
