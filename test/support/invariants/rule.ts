import type { TableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import type {
  AttemptRow,
  CheckpointRow,
  ExecutionRow,
  TaskRow,
} from '../model-store/store-dump.js';

/** A row with those it belongs to, under the names that the SQL of a rule uses for them too. */
export interface Subject {
  /** The execution. */
  readonly e?: ExecutionRow | undefined;
  /** Its task. */
  readonly t?: TaskRow | undefined;
  /** What was written of one of its steps. */
  readonly w?: Written | undefined;
  /** Whether there is another row, which a rule in SQL asks its table for. */
  readonly is: {
    readonly keyShared: boolean;
    readonly placeShared: boolean;
    readonly withoutPrevious: boolean;
    readonly completedBefore: boolean;
  };
}

export type Written = CheckpointRow | AttemptRow;

/** The tables that rules ask. */
export type RuleTables = Pick<TableNames, 'execution' | 'task' | 'step' | 'attempt'>;

/** What differs between databases. */
export interface RuleDialect {
  readonly tables: RuleTables;
  /** When a task is due that nobody may claim. */
  readonly never: string;
  /** Whether an owner keeps the task of the length of a lease, or for its life, as a condition. */
  readonly owned: string;
  /** Whether a text is there and is no JSON, as a condition. */
  readonly malformed: (text: string) => string;
}

/** An invariant: how a row breaks it, said to the database and of rows in memory. */
export interface Rule {
  readonly invariant: string;
  readonly of: 'execution' | 'task' | 'step' | 'attempt';
  readonly breach: string;
  /** A condition over `e`, `t` and `w`. */
  readonly sql: (dialect: RuleDialect) => string;
  readonly breaks: (subject: Subject) => boolean;
}
