import type { Row } from '../store-connection.js';
import {
  abandonTransaction,
  type PreparedStatement,
  type SqliteConnection,
} from './sqlite-driver.js';

/** Sends one statement at once. Answers with its first row, if it gives any. */
export type SendNow = (sql: string, parameters: readonly unknown[]) => Row | undefined;

/**
 * The statements of one connection that are kept prepared. SQLite answers where it stands, so a
 * batch of statements needs no promise for each of them.
 */
export class PreparedStatements {
  private readonly statements = new Map<string, PreparedStatement>();

  constructor(readonly connection: SqliteConnection) {}

  /** From `BEGIN IMMEDIATE` to `COMMIT`; whatever is thrown in between rolls back. */
  transaction<T>(work: (send: SendNow) => T): T {
    this.send('BEGIN IMMEDIATE', []);
    try {
      const result = work(this.send);
      this.send('COMMIT', []);
      return result;
    } finally {
      abandonTransaction(this.connection);
    }
  }

  private readonly send: SendNow = (sql, parameters) => {
    const statement = this.statements.get(sql) ?? this.prepare(sql);
    try {
      // As one array: a lone parameter would be taken for named ones.
      if (statement.reader) return statement.get(parameters);
      statement.run(parameters);
      return undefined;
    } catch (error) {
      // libsql repeats the failure of a statement at its next use.
      this.statements.delete(sql);
      throw error;
    }
  };

  private prepare(sql: string): PreparedStatement {
    const statement = this.connection.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }
}
