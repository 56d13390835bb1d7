import type { DataSource, QueryRunner, ReplicationMode } from 'typeorm';
import { WorkflowException } from '../../result/workflow.exception.js';

/** A statement that is kept prepared. */
export interface PreparedStatement {
  /** Of a statement without rows. */
  run(parameters: readonly unknown[]): { readonly changes: number };
  get(parameters: readonly unknown[]): Readonly<Record<string, unknown>> | undefined;
}

/** What libsql and better-sqlite3 have in common and is used here. */
export interface SqliteConnection {
  readonly open: boolean;
  readonly inTransaction: boolean;
  exec(sql: string): unknown;
  pragma(sql: string): unknown;
  prepare(sql: string): PreparedStatement;
  close(): unknown;
}

/** The parts of TypeORM's SQLite driver that its public interface leaves out. */
export interface SqliteDriver {
  createQueryRunner(mode: ReplicationMode): QueryRunner;
  disconnect(): Promise<void>;
  /** The one QueryRunner that TypeORM hands to everybody. */
  queryRunner?: QueryRunner;
  /** Undefined until the DataSource is initialised. */
  databaseConnection?: SqliteConnection;
}

/**
 * The driver of a SQLite DataSource, initialised or not.
 *
 * @throws WorkflowException `DATABASE_UNSUPPORTED`
 */
export const sqliteDriver = (dataSource: DataSource): SqliteDriver => {
  const { type } = dataSource.options;
  if (type !== 'better-sqlite3') {
    throw new WorkflowException(
      'DATABASE_UNSUPPORTED',
      `The DataSource has the type "${type}"; the SQLite store needs "better-sqlite3". ` +
        "Fix: { type: 'better-sqlite3', driver: libsql }.",
    );
  }
  return dataSource.driver;
};

/** libsql ends the process when a closed connection is asked for its transaction: look first. */
export const isInTransaction = (connection: SqliteConnection | undefined): boolean =>
  connection !== undefined && connection.open && connection.inTransaction;

/** Rolls back a transaction that nobody is going to end. */
export const abandonTransaction = (connection: SqliteConnection, runner?: QueryRunner): void => {
  if (!isInTransaction(connection)) return;
  connection.exec('ROLLBACK');
  if (runner) Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
};
