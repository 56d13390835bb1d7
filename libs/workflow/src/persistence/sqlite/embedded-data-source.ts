import { CannotExecuteNotConnectedError, DataSource } from 'typeorm';
import type { Clock } from '../../runtime/clock.js';
import { takeFile, untilTaken } from './exclusive-file.js';
import { loadLibsql } from './libsql-module.js';
import { sqliteDriver, type SqliteConnection } from './sqlite-driver.js';

/** Which database {@link openEmbeddedDataSource} opens, and how. */
export interface EmbeddedDataSourceOptions {
  /** Path of the file, or `:memory:`. Missing folders are created. */
  readonly database: string;
  readonly clock: Clock;
  /**
   * Milliseconds to wait for a file that somebody else holds.
   * @default 10_000
   */
  readonly lockTimeout?: number;
  /**
   * `NORMAL` is faster, and loses the last commits when the power fails (not when the process dies).
   * @default 'FULL'
   */
  readonly synchronous?: 'FULL' | 'NORMAL';
}

/**
 * Opens the embedded database and holds its file until the DataSource is destroyed.
 *
 * @throws WorkflowException `DRIVER_MISSING`, `DATABASE_LOCKED`
 */
export const openEmbeddedDataSource = async (
  options: EmbeddedDataSourceOptions,
): Promise<DataSource> => {
  const { database, clock, lockTimeout = 10_000, synchronous = 'FULL' } = options;
  const dataSource = new DataSource({
    type: 'better-sqlite3',
    driver: await loadLibsql(),
    database,
    // A wait inside SQLite blocks the event loop.
    timeout: 0,
    statementCacheSize: 500,
    prepareDatabase: (connection: SqliteConnection) => {
      if (!takeFile(connection)) {
        // An attempt that fails keeps a shared lock, so of two that start together neither would
        // ever succeed. Only a close drops it, and TypeORM closes only what it opened wholly.
        connection.close();
        throw new FileHeldError();
      }
      connection.exec(`PRAGMA synchronous = ${synchronous}`);
    },
  });
  await untilTaken(database, clock, lockTimeout, async () => {
    try {
      await dataSource.initialize();
      return true;
    } catch (error) {
      if (error instanceof FileHeldError) return false;
      throw error;
    }
  });
  return dataSource;
};

/**
 * Takes the file of an initialised SQLite DataSource until it is destroyed.
 *
 * @param lockTimeout milliseconds to wait for the file at most
 * @throws WorkflowException `DATABASE_LOCKED`, `DATABASE_UNSUPPORTED`
 */
export const holdExclusively = async (
  dataSource: DataSource,
  clock: Clock,
  lockTimeout: number,
): Promise<void> => {
  const { databaseConnection: connection } = sqliteDriver(dataSource);
  if (!connection?.open) throw new CannotExecuteNotConnectedError();
  const [{ timeout }] = connection.pragma('busy_timeout') as [{ timeout: number }];
  connection.exec('PRAGMA busy_timeout = 0');
  try {
    await untilTaken(String(dataSource.options.database), clock, lockTimeout, () =>
      Promise.resolve(takeFile(connection)),
    );
  } finally {
    connection.exec(`PRAGMA busy_timeout = ${timeout}`);
  }
};

/** Ends an attempt to open the database. */
class FileHeldError extends Error {}
