import type { QueryRunner } from 'typeorm';

/** One row of an answer. */
export type Row = Readonly<Record<string, unknown>>;

/** Sends one statement. */
export type Query = (sql: string, parameters: readonly unknown[]) => Promise<readonly Row[]>;

/** The store's way to its database: one implementation per kind of database. */
export interface StoreConnection {
  /** Single statements. */
  read<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Statements that commit together or not at all. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** A transaction with the runner that migrations of TypeORM need. */
  migrate(work: (query: Query, runner: QueryRunner) => Promise<void>): Promise<void>;
  /** Throws when the caller stands inside a transaction that the connection would have to wait for. */
  refuseReentry(): void;
  close(): Promise<void>;
}
