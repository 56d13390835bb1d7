import type { Client } from 'pg';
import type { SqliteConnection } from '../floors/sqlite-connection.js';

/** What a connection runs with, by name. */
export type Settings = Readonly<Record<string, string>>;

/** Settings that decide what a commit costs, and of which server. */
const POSTGRES = [
  'server_version',
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'commit_delay',
  'shared_buffers',
  'max_wal_size',
  'autovacuum_naptime',
] as const;

const POSTGRES_QUERY = `SELECT name, current_setting(name) AS value FROM pg_settings
  WHERE name = ANY($1) ORDER BY array_position($1, name)`;

const SQLITE = ['journal_mode', 'synchronous', 'locking_mode', 'foreign_keys'] as const;

export async function postgresSettings(client: Client): Promise<Settings> {
  const { rows } = await client.query<{ name: string; value: string }>(POSTGRES_QUERY, [POSTGRES]);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

export function sqliteSettings(connection: SqliteConnection): Settings {
  const ask = (sql: string): string => {
    const [row] = connection.prepare(sql).all();
    return String(Object.values(row as object)[0]);
  };
  return {
    sqlite_version: ask('SELECT sqlite_version()'),
    ...Object.fromEntries(SQLITE.map((name) => [name, ask(`PRAGMA ${name}`)])),
  };
}
