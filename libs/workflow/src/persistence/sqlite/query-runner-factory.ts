import { CannotExecuteNotConnectedError, type QueryRunner, type ReplicationMode } from 'typeorm';
import type { SqliteConnection, SqliteDriver } from './sqlite-driver.js';

/** `QueryRunner.query` as one signature instead of two overloads. */
export type QueryMethod = (
  sql: string,
  parameters?: unknown[],
  structured?: boolean,
) => Promise<unknown>;

/** Makes a QueryRunner for each who asks, where TypeORM hands the same one to all. */
export class QueryRunnerFactory {
  private readonly createCached: SqliteDriver['createQueryRunner'];
  private statements = new Map<string, unknown>();
  private connection?: SqliteConnection;

  constructor(private readonly driver: SqliteDriver) {
    this.createCached = driver.createQueryRunner.bind(driver);
  }

  /** A runner with prepared statements of its own. */
  create(mode: ReplicationMode): QueryRunner {
    // TypeORM caches the runner in this field; an empty field makes it create one.
    this.driver.queryRunner = undefined;
    const runner = this.createCached(mode);
    this.driver.queryRunner = undefined;
    this.correctStatements(runner);
    return runner;
  }

  /** A runner that shares its prepared statements with the others made by this method. */
  createShort(mode: ReplicationMode): QueryRunner {
    const { databaseConnection } = this.driver;
    if (this.connection !== databaseConnection) {
      this.forgetStatements();
      this.connection = databaseConnection;
    }
    const runner = this.create(mode);
    // One runner lived as long as the DataSource and kept its statements; short-lived ones would
    // prepare each statement again.
    if ('stmtCache' in runner) Object.assign(runner, { stmtCache: this.statements });
    return runner;
  }

  /** Lets the statements of a connection that is about to close go. */
  forgetStatements(): void {
    this.statements = new Map();
    this.connection = undefined;
  }

  private correctStatements(runner: QueryRunner): void {
    const query = runner.query.bind(runner) as QueryMethod;
    let connection: SqliteConnection | undefined;
    const corrected: QueryMethod = (sql, parameters, structured) => {
      connection ??= this.driver.databaseConnection;
      // A statement that was prepared before the close would still write, outside of everything.
      if (!connection?.open) return Promise.reject(new CannotExecuteNotConnectedError());
      return query(immediate(sql), positional(parameters), structured);
    };
    runner.query = corrected as QueryRunner['query'];
  }
}

/** A deferred transaction that reads first may fail when it writes; an immediate one waits. */
const immediate = (sql: string): string => (sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE' : sql);

/**
 * libsql takes a lone object for named parameters: a lone `null` is an error and a lone Buffer
 * ends the process. In an array of its own it is bound by position, by better-sqlite3 too.
 */
const positional = (parameters: unknown[] | undefined): unknown[] | undefined =>
  parameters?.length === 1 && typeof parameters[0] === 'object' ? [parameters] : parameters;
