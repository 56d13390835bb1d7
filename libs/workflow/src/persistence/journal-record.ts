import type {
  CreateOutcome,
  NewExecution,
  Transition,
  TransitionOutcome,
} from '../engine/journal.port.js';

/** One entry of a batch. */
export type JournalRecord =
  | { readonly kind: 'create'; readonly execution: NewExecution }
  | { readonly kind: 'transition'; readonly transition: Transition };

export type JournalOutcome = CreateOutcome | TransitionOutcome;

/** Writes a batch in one commit and answers for each record in its order. */
export interface JournalStore {
  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]>;
}
