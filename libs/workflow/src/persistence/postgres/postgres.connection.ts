import { createHash } from 'node:crypto';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { runnerOf } from '../transaction-runner.js';
import type { Query, Row, StoreConnection } from '../store-connection.js';
import { isConnectionLost, isStatementMisplaced } from '../transient-faults.js';
import { abandonConnection } from './engine-data-source.js';
import { poolOf, type PoolClient } from './connection-pool.js';

/** Characters of a hash; a name has 63 at most. */
const NAME_LENGTH = 32;

/**
 * The store on a pool of connections. It takes them from the pool of the DataSource itself: a
 * QueryRunner can neither keep a statement prepared nor throw away a connection that fell silent.
 */
export class PostgresStoreConnection implements StoreConnection {
  /** Names of the statements that are kept prepared; they are few, and end with the connection. */
  private readonly names = new Map<string, string>();
  /** Whether what was prepared on a connection is still there when it is used again. */
  private keepsStatements = true;

  constructor(
    private readonly dataSource: DataSource,
    private readonly onClose: () => Promise<void>,
  ) {}

  /** One statement, parsed once on each connection that keeps it. */
  readonly prepared: Query = (sql, parameters) =>
    this.checkout((client) =>
      this.keepsStatements
        ? this.prepareOn(client, sql, parameters)
        : queryOf(client)(sql, parameters),
    );

  read<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.checkout((client) => work(queryOf(client)));
  }

  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.checkout(async (client) => {
      const query = queryOf(client);
      await query('BEGIN ISOLATION LEVEL READ COMMITTED', []);
      try {
        const result = await work(query);
        await query('COMMIT', []);
        return result;
      } catch (error) {
        // On a lost connection there is nothing to roll back, and nobody to wait for.
        if (!isConnectionLost(error)) await query('ROLLBACK', []).catch(() => undefined);
        throw error;
      }
    });
  }

  async migrate(work: (query: Query, runner: QueryRunner) => Promise<void>): Promise<void> {
    await this.dataSource.transaction('READ COMMITTED', async (manager) => {
      const runner = runnerOf(manager);
      try {
        await work(postgresQueryOf(manager), runner);
      } catch (error) {
        if (isConnectionLost(error)) abandonConnection(runner, error as Error);
        throw error;
      }
    });
  }

  /** A pool has another connection for whoever asks inside a transaction. */
  refuseReentry(): void {}

  close(): Promise<void> {
    return this.onClose();
  }

  private async prepareOn(
    client: PoolClient,
    sql: string,
    parameters: readonly unknown[],
  ): Promise<Row[]> {
    try {
      return (await client.query({ name: this.nameOf(sql), text: sql, values: parameters })).rows;
    } catch (error) {
      if (!isStatementMisplaced(error)) throw error;
      // A pooler shares the connections by transaction. The statement was not run: it is sent again.
      this.keepsStatements = false;
      return queryOf(client)(sql, parameters);
    }
  }

  /** The same for every process: where connections are shared, another one may have given the name. */
  private nameOf(sql: string): string {
    const known = this.names.get(sql);
    if (known !== undefined) return known;
    const name = `workflow_${createHash('sha256').update(sql).digest('hex').slice(0, NAME_LENGTH)}`;
    this.names.set(sql, name);
    return name;
  }

  private async checkout<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await poolOf(this.dataSource).connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // An answer that did not come in time may still come, to somebody else's question.
      client.release(isConnectionLost(error));
      throw error;
    }
  }
}

/** Statements in the transaction of an EntityManager. */
export const postgresQueryOf = (manager: EntityManager): Query => {
  const runner = runnerOf(manager);
  return async (sql, parameters) => {
    const { records } = await runner.query(sql, parameters as unknown[], true);
    return records as Row[];
  };
};

const queryOf =
  (client: PoolClient) =>
  async (text: string, values: readonly unknown[]): Promise<Row[]> =>
    (await client.query({ text, values })).rows;
