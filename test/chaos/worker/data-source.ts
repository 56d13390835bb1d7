import { DataSource, type DataSourceOptions } from 'typeorm';
import { failingPostgres } from './failing-postgres.js';
import { failingSqlite } from './failing-sqlite.js';
import type { Failpoint } from './failpoint.js';
import { SESSION_NAME, type WorkerSettings } from './protocol.js';

const OPTIONS: Readonly<
  Record<
    Exclude<WorkerSettings['store'], 'embedded'>,
    (database: string, failpoint: Failpoint) => DataSourceOptions
  >
> = {
  'data-source': (database, failpoint) => ({
    type: 'better-sqlite3',
    driver: failingSqlite(failpoint),
    database,
    timeout: 0,
  }),
  postgres: (url, failpoint) => ({
    type: 'postgres',
    driver: failingPostgres(failpoint),
    url,
    applicationName: SESSION_NAME,
  }),
};

/** A DataSource whose statements pass the failpoint; none where the store opens its own database. */
export async function openDataSource(
  { store, database }: WorkerSettings,
  failpoint: Failpoint,
): Promise<DataSource | undefined> {
  if (store === 'embedded') return undefined;
  return new DataSource(OPTIONS[store](database, failpoint)).initialize();
}
