import type { Life } from '../cluster/life.js';
import type { Subject } from '../cluster/operation.js';
import type {
  AttemptRow,
  CheckpointRow,
  ExecutionRow,
  TaskRow,
} from '../../support/model-store/store-dump.js';

/** The rows of one execution before and after an operation that wrote one of them. */
export interface Change {
  readonly name: string;
  readonly before: { readonly execution?: ExecutionRow; readonly task?: TaskRow };
  readonly after: { readonly execution?: ExecutionRow; readonly task?: TaskRow };
}

/** One operation of the store, and everything that it changed. */
export interface Moment {
  readonly subject: Subject;
  readonly life: Life;
  readonly result: unknown;
  /** By the clock of the database. */
  readonly now: number;
  readonly changes: readonly Change[];
  /** The task of an execution as it was, whether it changed or not. */
  readonly taskBefore: (name: string) => TaskRow | undefined;
  readonly added: readonly (CheckpointRow | AttemptRow)[];
  /** Effects of transactional steps that were committed. */
  readonly effects: readonly string[];
}

/** Says what an operation broke. */
export type Check = (moment: Moment, report: Report) => void;

export type Report = (invariant: string, message: string) => void;

export const isCheckpoint = (row: CheckpointRow | AttemptRow): row is CheckpointRow =>
  'status' in row;

/** It was given up, because it ended those who ran it. */
export const isPoisoned = ({ before, after }: Change): boolean =>
  before.execution?.status === 'pending' &&
  after.execution?.status === 'failed' &&
  after.execution.errors?.includes('"POISON"') === true;
