import { createRequire } from 'node:module';

/** The parts of libsql that the floors use; it declares no types of its own. */
export interface SqliteConnection {
  readonly open: boolean;
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  run(values: readonly unknown[]): { readonly changes: number };
  get(values: readonly unknown[]): unknown;
  all(): unknown[];
}

const require = createRequire(import.meta.url);

/** Opens a file as the engine does: for this process alone, durable at each commit. */
export function openSqlite(file: string): SqliteConnection {
  const Libsql = require('libsql') as new (file: string) => SqliteConnection;
  const connection = new Libsql(file);
  connection.exec('PRAGMA locking_mode = EXCLUSIVE');
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec('PRAGMA synchronous = FULL');
  connection.exec('PRAGMA foreign_keys = ON');
  return connection;
}

/** Closes a connection and frees its file, which libsql holds as long as statements are prepared. */
export function closeSqlite(connection: SqliteConnection): void {
  connection.exec('PRAGMA journal_mode = DELETE');
  connection.exec('PRAGMA locking_mode = NORMAL');
  // The lock goes with the next access.
  connection.exec('SELECT count(*) FROM sqlite_master');
  connection.close();
}
