import { join } from 'node:path';
import { closeSqlite, openSqlite } from '../floors/sqlite-connection.js';
import type { Databases } from './database.js';
import { scratchFolder } from './scratch-folder.js';

/** Files in a folder that goes with them. */
export async function sqliteDatabases(): Promise<Databases> {
  const folder = await scratchFolder('sqlite');
  let created = 0;
  return {
    store: 'sqlite',
    create: () =>
      Promise.resolve({ store: 'sqlite', file: join(folder.path, `${(created += 1)}.sqlite`) }),
    settings: () => Promise.resolve(readSettings()),
    close: () => folder.remove(),
  };
}

function readSettings(): Record<string, string> {
  const connection = openSqlite(':memory:');
  const [version] = connection.prepare('SELECT sqlite_version() AS version').all();
  closeSqlite(connection);
  return {
    sqlite_version: String((version as { version: unknown }).version),
    journal_mode: 'WAL',
    synchronous: 'FULL',
    locking_mode: 'EXCLUSIVE',
    foreign_keys: 'ON',
  };
}
