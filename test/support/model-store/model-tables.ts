import type { ExecutionKey } from '../../../libs/workflow/src/engine/journal.port.js';
import type { TransactionOwner } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import { ProtocolRules, type ProtocolRule } from './protocol-rules.js';
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
  /** @default all of them hold */
  readonly rules?: ProtocolRules;
}

/** By which rules a task is compared with who claims to own it. */
export interface OwnerRules {
  readonly fence: ProtocolRule;
  readonly run: ProtocolRule;
  readonly worker: ProtocolRule;
}

/** The tables in memory, each a map by primary key. Rows are replaced, never changed. */
export class ModelTables {
  readonly executions = new Map<string, ExecutionRow>();
  readonly tasks = new Map<string, TaskRow>();
  readonly checkpoints = new Map<string, CheckpointRow>();
  readonly attempts = new Map<string, AttemptRow>();
  /** Tasks that a transactional step holds, and how many do: no claim takes them. */
  readonly held = new Map<string, number>();
  readonly rules: ProtocolRules;
  /** Names of the executions whose execution or task was written since somebody emptied it. */
  readonly changed = new Set<string>();
  /** Checkpoints and attempts that were written since somebody emptied it. */
  readonly added: (CheckpointRow | AttemptRow)[] = [];

  constructor(private readonly settings: ModelSettings) {
    this.rules = settings.rules ?? new ProtocolRules();
  }

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
  heldTask(owner: TransactionOwner, by: OwnerRules): TaskRow | undefined {
    const task = this.tasks.get(nameOf(owner));
    if (!task) return undefined;
    const { rules } = this;
    return rules.holds(by.fence, task.fence === owner.fence) &&
      rules.holds(by.run, task.run === owner.run) &&
      rules.holds(by.worker, task.workerId === owner.workerId)
      ? task
      : undefined;
  }

  isHeld(key: ExecutionKey): boolean {
    return this.held.has(nameOf(key));
  }

  putExecution(row: ExecutionRow): void {
    const name = nameOf({ tenantId: row.tenantId, executionId: row.id });
    this.executions.set(name, row);
    this.changed.add(name);
  }

  putTask(row: TaskRow): void {
    const name = nameOf(row);
    this.tasks.set(name, row);
    this.changed.add(name);
  }

  changeTask(key: ExecutionKey, change: Partial<TaskRow>): void {
    const task = this.tasks.get(nameOf(key));
    if (task) this.putTask({ ...task, ...change });
  }

  /** First writer wins: what a step came to is never changed within a run. */
  addCheckpoint(row: CheckpointRow): boolean {
    const name = nameOf(row, row.stepId, row.run);
    if (this.rules.keeps('checkpoint.first-writer') && this.checkpoints.has(name)) return false;
    this.checkpoints.set(name, row);
    this.added.push(row);
    return true;
  }

  addAttempt(row: AttemptRow): void {
    const name = nameOf(row, row.stepId, row.run, row.attempt);
    if (this.rules.keeps('attempt.first-writer') && this.attempts.has(name)) return;
    this.attempts.set(name, row);
    this.added.push(row);
  }

  /** The end of an execution takes its task away. */
  end(key: ExecutionKey, fence: number, end: Partial<ExecutionRow>, finishedAt = this.now): number {
    const name = nameOf(key);
    const execution = this.executions.get(name);
    if (!execution) throw new Error(`There is no execution ${name}.`);
    if (this.rules.keeps('end.takes-task')) this.tasks.delete(name);
    const kept = this.rules.keeps('end.keeps-fence') ? fence : execution.fence;
    this.putExecution({ ...execution, ...end, fence: kept, finishedAt });
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

/** A primary key as a name. No part of one has a line break. */
export const nameOf = (
  { tenantId, executionId }: ExecutionKey,
  ...rest: readonly (string | number)[]
): string =>
  rest.length === 0
    ? `${tenantId}\n${executionId}`
    : `${tenantId}\n${executionId}\n${rest.join('\n')}`;
