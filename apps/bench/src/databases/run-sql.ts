import pg from 'pg';
import { closeSqlite, openSqlite } from '../floors/sqlite-connection.js';
import type { Database } from './database.js';

/** Statements by store, for what the bench itself does to a database that nobody else has open. */
export type SqlByStore = Readonly<Record<Database['store'], readonly string[]>>;

export async function runSql(database: Database, sql: SqlByStore): Promise<void> {
  if (database.store === 'sqlite') {
    const connection = openSqlite(database.file);
    for (const statement of sql.sqlite) connection.exec(statement);
    closeSqlite(connection);
    return;
  }
  const client = new pg.Client(database.connection);
  await client.connect();
  try {
    for (const statement of sql.postgres) await client.query(statement);
  } finally {
    await client.end();
  }
}
