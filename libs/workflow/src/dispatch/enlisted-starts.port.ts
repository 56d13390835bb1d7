import type { CreateOutcome, NewExecution } from '../engine/journal.port.js';

/** A start that stands inside somebody's transaction. */
export interface EnlistedStart {
  readonly outcome: CreateOutcome;
  /** Resolves when the transaction is over: whether the start was committed, undefined if nobody was told. */
  readonly committed: Promise<boolean | undefined>;
}

/** Starts that commit, or vanish, with the rows of the user. */
export abstract class EnlistedStarts {
  /**
   * Creates a pending execution through the user's EntityManager.
   *
   * @throws `TRANSACTION_REQUIRED` when the manager is in no transaction of the store's database
   */
  abstract create(manager: unknown, execution: NewExecution): Promise<EnlistedStart>;
}
