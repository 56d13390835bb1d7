import type { Departure, ExecutionKey, StepCheckpoint } from './journal.port.js';

/** Whose step it is: the transaction counts only while this holds. */
export interface TransactionOwner extends ExecutionKey {
  readonly run: number;
  readonly fence: number;
  readonly workerId: string;
}

/** How an execution ends together with its last step. */
export type TransactionalEnd = Extract<Departure, { kind: 'end' }>;

/** What the work inside a transaction came to. */
export type TransactionVerdict<R> =
  | {
      readonly kind: 'commit';
      readonly checkpoint: StepCheckpoint;
      readonly departure?: TransactionalEnd | undefined;
    }
  | {
      readonly kind: 'roll-back';
      readonly outcome: R;
      /** What the step threw, if that is why: a fault of the database is not the step's. */
      readonly cause?: unknown;
    };

/** What became of a transaction. */
export type TransactionEnd<R> =
  | {
      readonly kind: 'committed';
      readonly checkpoint: StepCheckpoint;
      readonly departure?: TransactionalEnd | undefined;
      /** Milliseconds since the epoch, by the database's clock. */
      readonly at: number;
    }
  | { readonly kind: 'rolled-back'; readonly outcome: R }
  | { readonly kind: 'fenced' }
  /** The commit was not answered, and nobody could say what became of it: only what is stored knows. */
  | { readonly kind: 'unknown'; readonly error: unknown };

/** Commits what a step writes together with the record that it did. */
export abstract class StepTransactions {
  /**
   * Runs work in a transaction and commits it with the checkpoint it answers with: both, or neither.
   * What a fault of the moment has prevented, and certainly nothing was committed of, is repeated.
   *
   * @param work receives the EntityManager of the transaction
   * @param signal no repeats after it was aborted
   * @throws what the database said, when certainly nothing was committed
   */
  abstract run<R>(
    owner: TransactionOwner,
    work: (manager: unknown) => Promise<TransactionVerdict<R>>,
    signal?: AbortSignal,
  ): Promise<TransactionEnd<R>>;
}
