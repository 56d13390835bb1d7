import type {
  CreateOutcome,
  NewExecution,
  Transition,
  TransitionOutcome,
} from '../engine/journal.port.js';
import type { Query } from './store-connection.js';

/** One entry of a batch. */
export type JournalRecord =
  | { readonly kind: 'create'; readonly execution: NewExecution }
  | { readonly kind: 'transition'; readonly transition: Transition };

export type JournalOutcome = CreateOutcome | TransitionOutcome;

/** Writes batches and answers for each record in its order. */
export interface JournalStore {
  /** Which records share a commit: those of one lane. Without it, all of them do. */
  laneOf?(record: JournalRecord): string;
  /**
   * Batches that may be on their way at the same time.
   * @default 1
   */
  readonly flushesInFlight?: number;
  /**
   * Whether each flush is answered by an event of its own, as from a socket. Otherwise flushes that
   * follow each other at once would keep everything else of the process waiting.
   *
   * @default false
   */
  readonly answersByEvents?: boolean;
  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]>;
  /** Creates one execution in a transaction that is not ours. */
  createWithin(query: Query, execution: NewExecution): Promise<CreateOutcome>;
}
