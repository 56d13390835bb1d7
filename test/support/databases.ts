import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { startPostgres, type PostgresServer } from './embedded-postgres.js';

/** Databases of one kind, each fresh. */
export interface Databases {
  readonly kind: 'sqlite' | 'postgres';
  /** Options of a DataSource on a new database. */
  create(): Promise<DataSourceOptions>;
  close(): Promise<void>;
}

const require = createRequire(import.meta.url);

async function sqliteDatabases(): Promise<Databases> {
  const folder = await mkdtemp(join(tmpdir(), 'luxgen-sqlite-'));
  let created = 0;
  return {
    kind: 'sqlite',
    create: () =>
      Promise.resolve({
        type: 'better-sqlite3',
        driver: require('libsql') as unknown,
        database: join(folder, `${(created += 1)}.sqlite`),
      }),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function postgresDatabases(): Promise<Databases> {
  const server: PostgresServer = await startPostgres();
  let created = 0;
  return {
    kind: 'postgres',
    create: () => server.database(`database_${(created += 1)}`),
    close: () => server.stop(),
  };
}

/** Every kind of database the store speaks, by name. */
export const DATABASES: readonly (readonly [string, () => Promise<Databases>])[] = [
  ['SQLite', sqliteDatabases],
  ['PostgreSQL', postgresDatabases],
];

/** An open DataSource on a new database. */
export const openDatabase = async (databases: Databases): Promise<DataSource> =>
  new DataSource(await databases.create()).initialize();
