import { setImmediate as turn } from 'node:timers/promises';
import type { EntityManager, QueryRunner } from 'typeorm';
import { runnerOf } from '../transaction-runner.js';
import type { Query, Row, StoreConnection } from '../store-connection.js';
import type { ExclusiveCheckout } from './exclusive-checkout.js';
import type { StatementsAtOnce } from './prepared-statements.js';

/** The store on the one connection that SQLite has. */
export class SqliteStoreConnection implements StoreConnection {
  constructor(
    private readonly checkout: ExclusiveCheckout,
    private readonly onClose: () => Promise<void>,
  ) {}

  /**
   * SQLite answers without a turn of the event loop; whoever asks again and again until something has
   * happened would keep it from happening.
   */
  async read<T>(work: (query: Query) => Promise<T>): Promise<T> {
    await turn();
    return this.checkout.withConnection((runner) => work(queryOf(runner)));
  }

  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.migrate(work);
  }

  migrate<T>(work: (query: Query, runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.checkout.withConnection(async (runner) => {
      // Takes the write lock at once: a transaction that begins by reading could not get it later.
      await runner.query('BEGIN IMMEDIATE');
      const result = await work(queryOf(runner), runner);
      await runner.query('COMMIT');
      return result;
    });
  }

  /** A transaction that takes no turn of the event loop. */
  atOnce<T>(work: (statements: StatementsAtOnce) => T): Promise<T> {
    return this.checkout.atOnce(work);
  }

  refuseReentry(): void {
    this.checkout.refuseReentry();
  }

  close(): Promise<void> {
    return this.onClose();
  }
}

/** Statements in the transaction of an EntityManager. */
export const sqliteQueryOf = (manager: EntityManager): Query => queryOf(runnerOf(manager));

const queryOf =
  (runner: QueryRunner): Query =>
  async (sql, parameters) =>
    (await runner.query(sql, parameters as unknown[])) as Row[];
