import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { runnerOf } from '../transaction-runner.js';
import type { Query, Row, StoreConnection } from '../store-connection.js';

/** The store on a pool of connections. */
export class PostgresStoreConnection implements StoreConnection {
  constructor(
    private readonly dataSource: DataSource,
    private readonly onClose: () => Promise<void>,
  ) {}

  read<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.checkout((runner) => work(queryOf(runner)));
  }

  transaction<T>(work: (query: Query, runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.checkout(async (runner) => {
      await runner.startTransaction('READ COMMITTED');
      try {
        const result = await work(queryOf(runner), runner);
        await runner.commitTransaction();
        return result;
      } catch (error) {
        // The connection may be gone; then there is nothing to roll back, and the first error counts.
        await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
    });
  }

  /** A pool has another connection for whoever asks inside a transaction. */
  refuseReentry(): void {}

  close(): Promise<void> {
    return this.onClose();
  }

  private async checkout<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      return await work(runner);
    } finally {
      await runner.release();
    }
  }
}

/** Statements in the transaction of an EntityManager. */
export const postgresQueryOf = (manager: EntityManager): Query => queryOf(runnerOf(manager));

const queryOf =
  (runner: QueryRunner): Query =>
  async (sql, parameters) => {
    const { records } = await runner.query(sql, parameters as unknown[], true);
    return records as Row[];
  };
