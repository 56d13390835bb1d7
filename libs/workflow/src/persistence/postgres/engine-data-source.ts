import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { poolOf, type PoolClient } from './connection-pool.js';
import { settingsRefused } from './session-settings.js';

/** Milliseconds. */
const CONNECT_TIMEOUT = 5_000;
const STATEMENT_TIMEOUT = 10_000;
const LOCK_TIMEOUT = 5_000;

/**
 * Milliseconds of silence in a transaction of the engine, whose statements follow each other at once.
 * Who is stopped in the middle of a claim would keep others from what it took until then.
 */
const LONGEST_SILENCE = 1_000;

/**
 * Every statement of the engine has an index. The table of tasks is all but empty whenever it is
 * vacuumed, and a plan that is kept from then would read all of it, also when thousands are in flight.
 */
const NO_PLAN_FOR_EMPTY_TABLES = '-c enable_seqscan=off';

/** How much of the server a pool may use, and how long it waits for it. */
export interface PoolLimits {
  readonly connections: number;
  /** Milliseconds for an answer. */
  readonly answer: number;
}

/** Connections of the engine's own: what user code does to its pool cannot stop it. One listens. */
const ENGINE_POOL: PoolLimits = { connections: 5, answer: STATEMENT_TIMEOUT };

/**
 * One connection that nobody else uses. Its answers are due so early that a link that has died can
 * be replaced before the lease ends.
 */
export const heartbeatPool = (lease: number): PoolLimits => ({
  connections: 1,
  answer: Math.min(STATEMENT_TIMEOUT, Math.ceil(lease / 4)),
});

/**
 * A pool beside the application's, to the same database. Its waits are bounded everywhere, on the
 * server and here: a link that has silently died must not hold a lease longer than its length.
 *
 * @throws `SESSION_SETTINGS_REFUSED`
 */
export async function openEngineDataSource(
  application: DataSource,
  onError: (error: Error) => void,
  /** Milliseconds. */
  lease = 2 * STATEMENT_TIMEOUT,
  { connections, answer }: PoolLimits = ENGINE_POOL,
): Promise<DataSource> {
  const options = application.options as Extract<DataSourceOptions, { type: 'postgres' }>;
  const extra = options.extra as { readonly options?: string } | undefined;
  const session = extra?.options ?? process.env['PGOPTIONS'] ?? '';
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
    poolSize: connections,
    connectTimeoutMS: Math.min(CONNECT_TIMEOUT, answer),
    poolErrorHandler: onError,
    extra: {
      ...extra,
      options: `${session} ${NO_PLAN_FOR_EMPTY_TABLES}`.trim(),
      max: connections,
      keepAlive: true,
      statement_timeout: answer,
      lock_timeout: LOCK_TIMEOUT,
      idle_in_transaction_session_timeout: Math.min(LONGEST_SILENCE, Math.ceil(lease / 2)),
      // Answers that never come: a little later than the server would have given up itself.
      query_timeout: Math.ceil(answer * 1.1),
    },
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    throw settingsRefused(error) ?? error;
  }
  surviveConnectionErrors(dataSource, onError);
  return dataSource;
}

/** Takes a connection out of its pool: whatever is still asked on it fails. */
export function abandonConnection(runner: QueryRunner, why: Error): void {
  const pooled = runner as QueryRunner & { releasePostgresConnection(error: Error): Promise<void> };
  void pooled.releasePostgresConnection(why);
}

/**
 * Without a listener, an error of a client that is checked out ends the process: the listener of
 * the pool hears of idle clients only.
 *
 * @returns what listens no longer, for a pool that outlives the engine
 */
export function surviveConnectionErrors(
  dataSource: DataSource,
  onError: (error: Error) => void,
): () => void {
  const pool = poolOf(dataSource);
  const heard = new Set<PoolClient>();
  const hear = (client: PoolClient): void => {
    if (heard.has(client)) return;
    heard.add(client);
    client.on('error', onError);
  };
  const forget = (client: PoolClient): void => {
    heard.delete(client);
  };
  // Not when they connect: some have, before anybody could listen.
  pool.on('acquire', hear);
  pool.on('remove', forget);
  pool.on('error', onError);
  return () => {
    pool.off('acquire', hear);
    pool.off('remove', forget);
    pool.off('error', onError);
    for (const client of heard) client.off('error', onError);
  };
}
