import type {
  EndedStatus,
  ExecutionKey,
  FailedAttempt,
  StepCheckpoint,
} from '../../../libs/workflow/src/engine/journal.port.js';

/** The wide row of an execution. Times are milliseconds by the store's clock. */
export interface ExecutionRow {
  readonly tenantId: string;
  readonly id: string;
  readonly workflowId: string;
  readonly workflowVersion: string;
  readonly definitionHash: string;
  readonly capability: string;
  /** `pending` until it ends: what it is doing until then, its task says. */
  readonly status: 'pending' | EndedStatus;
  readonly run: number;
  /** The last one, once it has ended. */
  readonly fence: number;
  readonly userId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly inputHash: string;
  readonly input: string;
  readonly context: string;
  readonly output?: string | undefined;
  readonly errors?: string | undefined;
  readonly statusCode?: number | undefined;
  readonly message?: string | undefined;
  readonly degraded: boolean;
  readonly createdAt: number;
  readonly finishedAt?: number | undefined;
}

/** What is left to do of an execution that has not ended. */
export interface TaskRow extends ExecutionKey {
  readonly priority: number;
  /** When it is due, or when its lease ends; infinite for what nobody may claim. */
  readonly visibleAt: number;
  readonly status: 'pending' | 'running' | 'waiting' | 'suspended';
  readonly reason?: string | undefined;
  readonly workerId?: string | undefined;
  readonly fence: number;
  readonly claims: number;
  readonly run: number;
  readonly capability: string;
}

/** Whose writing a row of a step is. */
interface Written extends ExecutionKey {
  readonly run: number;
  readonly fence: number;
}

export type CheckpointRow = Written & StepCheckpoint;

export type AttemptRow = Written & Omit<FailedAttempt, 'retryDelay'> & { readonly retryAt: number };

/** All that a store keeps, in the order of its keys, so that two stores can be compared. */
export interface StoreDump {
  readonly executions: readonly ExecutionRow[];
  readonly tasks: readonly TaskRow[];
  readonly checkpoints: readonly CheckpointRow[];
  readonly attempts: readonly AttemptRow[];
}

/** The canonical form of rows that come in any order. */
export const canonicalDump = (rows: StoreDump): StoreDump => ({
  executions: inOrder(rows.executions, ({ tenantId, id }) => [tenantId, id]),
  tasks: inOrder(rows.tasks, ({ tenantId, executionId }) => [tenantId, executionId]),
  checkpoints: inOrder(rows.checkpoints, (row) => [...ownerOf(row), row.stepId, row.run]),
  attempts: inOrder(rows.attempts, (row) => [...ownerOf(row), row.stepId, row.run, row.attempt]),
});

const ownerOf = ({ tenantId, executionId }: ExecutionKey): readonly string[] => [
  tenantId,
  executionId,
];

function inOrder<R>(rows: readonly R[], key: (row: R) => readonly (string | number)[]): R[] {
  const named = rows.map((row) => ({ row, name: JSON.stringify(key(row)) }));
  named.sort((a, b) => (a.name < b.name ? -1 : 1));
  return named.map(({ row }) => row);
}
