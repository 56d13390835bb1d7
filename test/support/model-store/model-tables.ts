import type { ExecutionKey } from '../../../libs/workflow/src/engine/journal.port.js';
import type { TransactionOwner } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import {
  canonicalDump,
  type AttemptRow,
  type CheckpointRow,
  type ExecutionRow,
  type StoreDump,
  type TaskRow,
} from './store-dump.js';

/** How the model tells time and keeps owners apart. */
export interface ModelSettings {
  /** Milliseconds since the epoch: the store's own clock, the same for all who use it. */
  readonly now: () => number;
  /** Milliseconds an owner keeps a task; undefined when one process has the store to itself. */
  readonly lease: number | undefined;
}

/** The tables in memory, each a map by primary key. Rows are replaced, never changed. */
export class ModelTables {
  readonly executions = new Map<string, ExecutionRow>();
  readonly tasks = new Map<string, TaskRow>();
  readonly checkpoints = new Map<string, CheckpointRow>();
  readonly attempts = new Map<string, AttemptRow>();
  /** Tasks that a transactional step holds, and how many do: no claim takes them. */
  readonly held = new Map<string, number>();

  constructor(private readonly settings: ModelSettings) {}

  get now(): number {
    return this.settings.now();
  }

  get lease(): number | undefined {
    return this.settings.lease;
  }

  /** Until when a claim of this moment keeps others away. */
  get leaseEnd(): number {
    return this.lease === undefined ? Infinity : this.now + this.lease;
  }

  /** The task, if it belongs to exactly this claim of this worker. */
  heldTask(owner: TransactionOwner): TaskRow | undefined {
    const task = this.tasks.get(nameOf(owner));
    const { fence, run, workerId } = owner;
    return task?.fence === fence && task.run === run && task.workerId === workerId
      ? task
      : undefined;
  }

  changeTask(key: ExecutionKey, change: Partial<TaskRow>): void {
    const task = this.tasks.get(nameOf(key));
    if (task) this.tasks.set(nameOf(key), { ...task, ...change });
  }

  /** First writer wins: what a step came to is never changed within a run. */
  addCheckpoint(row: CheckpointRow): boolean {
    const name = nameOf(row, row.stepId, row.run);
    if (this.checkpoints.has(name)) return false;
    this.checkpoints.set(name, row);
    return true;
  }

  addAttempt(row: AttemptRow): void {
    const name = nameOf(row, row.stepId, row.run, row.attempt);
    if (!this.attempts.has(name)) this.attempts.set(name, row);
  }

  /** The end of an execution takes its task away. */
  end(key: ExecutionKey, fence: number, end: Partial<ExecutionRow>): number {
    const execution = this.executions.get(nameOf(key));
    if (!execution) throw new Error(`There is no execution ${nameOf(key)}.`);
    const finishedAt = this.now;
    this.tasks.delete(nameOf(key));
    this.executions.set(nameOf(key), { ...execution, ...end, fence, finishedAt });
    return finishedAt;
  }

  dump(): StoreDump {
    return canonicalDump({
      executions: [...this.executions.values()],
      tasks: [...this.tasks.values()],
      checkpoints: [...this.checkpoints.values()],
      attempts: [...this.attempts.values()],
    });
  }
}

/** A primary key as a name. */
export const nameOf = (
  { tenantId, executionId }: ExecutionKey,
  ...rest: readonly (string | number)[]
): string => JSON.stringify([tenantId, executionId, ...rest]);
