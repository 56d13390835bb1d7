import type { Row } from '../store-connection.js';
import {
  abandonTransaction,
  type PreparedStatement,
  type SqliteConnection,
} from './sqlite-driver.js';

/** Sends statements at once, from the beginning of a transaction to its commit. */
export interface StatementsAtOnce {
  /** The first row of the answer, if there is any. */
  first(sql: string, parameters: readonly unknown[]): Row | undefined;
  /** How many rows were changed. Cheaper than a row that is returned. */
  change(sql: string, parameters: readonly unknown[]): number;
}

/**
 * The statements of one connection that are kept prepared. SQLite answers where it stands, so a
 * batch of statements needs no promise for each of them.
 */
export class PreparedStatements implements StatementsAtOnce {
  private readonly statements = new Map<string, PreparedStatement>();

  constructor(readonly connection: SqliteConnection) {}

  /** From `BEGIN IMMEDIATE` to `COMMIT`; whatever is thrown in between rolls back. */
  transaction<T>(work: (statements: StatementsAtOnce) => T): T {
    this.change('BEGIN IMMEDIATE', NOTHING);
    try {
      const result = work(this);
      this.change('COMMIT', NOTHING);
      return result;
    } finally {
      abandonTransaction(this.connection);
    }
  }

  first(sql: string, parameters: readonly unknown[]): Row | undefined {
    const statement = this.prepared(sql);
    try {
      // As one array: a lone parameter would be taken for named ones.
      return statement.get(parameters);
    } catch (error) {
      throw this.forgotten(sql, error);
    }
  }

  change(sql: string, parameters: readonly unknown[]): number {
    const statement = this.prepared(sql);
    try {
      return statement.run(parameters).changes;
    } catch (error) {
      throw this.forgotten(sql, error);
    }
  }

  private prepared(sql: string): PreparedStatement {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.connection.prepare(sql);
    this.statements.set(sql, statement);
    return statement;
  }

  /** libsql repeats the failure of a statement at its next use. */
  private forgotten(sql: string, error: unknown): unknown {
    this.statements.delete(sql);
    return error;
  }
}

const NOTHING: readonly unknown[] = [];
