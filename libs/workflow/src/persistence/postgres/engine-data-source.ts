import { DataSource, type DataSourceOptions } from 'typeorm';
import { poolOf } from './connection-pool.js';

/** Connections of the engine's own: what user code does to its pool cannot stop heartbeats. One listens. */
const POOL_SIZE = 5;

/** Milliseconds. */
const CONNECT_TIMEOUT = 5_000;
const STATEMENT_TIMEOUT = 10_000;
const LOCK_TIMEOUT = 5_000;

/**
 * A pool beside the application's, to the same database. Its waits are bounded everywhere, on the
 * server and here: a link that has silently died must not hold a lease longer than its length.
 */
export async function openEngineDataSource(
  application: DataSource,
  onError: (error: Error) => void,
  /** Milliseconds. */
  lease = 2 * STATEMENT_TIMEOUT,
): Promise<DataSource> {
  const options = application.options as Extract<DataSourceOptions, { type: 'postgres' }>;
  const dataSource = new DataSource({
    ...options,
    entities: [],
    migrations: [],
    subscribers: [],
    synchronize: false,
    migrationsRun: false,
    dropSchema: false,
    logging: false,
    cache: false,
    poolSize: POOL_SIZE,
    connectTimeoutMS: CONNECT_TIMEOUT,
    poolErrorHandler: onError,
    extra: {
      ...(options.extra as object | undefined),
      max: POOL_SIZE,
      keepAlive: true,
      statement_timeout: STATEMENT_TIMEOUT,
      lock_timeout: LOCK_TIMEOUT,
      // Whoever falls silent in a transaction keeps its locks from others no longer than its lease.
      idle_in_transaction_session_timeout: Math.min(STATEMENT_TIMEOUT, Math.ceil(lease / 2)),
      // Answers that never come: a little later than the server would have given up itself.
      query_timeout: STATEMENT_TIMEOUT + 1_000,
    },
  });
  await dataSource.initialize();
  surviveConnectionErrors(dataSource, onError);
  return dataSource;
}

/**
 * Without a listener, an error of a client that is checked out ends the process: the listener of
 * the pool hears of idle clients only.
 */
export function surviveConnectionErrors(
  dataSource: DataSource,
  onError: (error: Error) => void,
): void {
  const pool = poolOf(dataSource);
  pool.on('connect', (client) => client.on('error', onError));
  pool.on('error', onError);
}
