import type { DataSource, EntityManager } from 'typeorm';
import type { UsageMeter } from '../context/usage-meter.js';
import type { ProcessChannel } from '../dispatch/process-channel.port.js';
import type { EngineLog } from '../engine/engine.port.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { WorkflowHealth } from '../runtime/workflow-health.js';
import { postgresDialect } from './dialects/postgres/postgres.dialect.js';
import { sqliteDialect } from './dialects/sqlite/sqlite.dialect.js';
import { GroupCommitJournal } from './group-commit.journal.js';
import { runMigrations } from './migration-runner.js';
import { poolOf } from './postgres/connection-pool.js';
import { openEngineDataSource, surviveConnectionErrors } from './postgres/engine-data-source.js';
import { PostgresChannel } from './postgres/postgres.channel.js';
import { PostgresStoreConnection, postgresQueryOf } from './postgres/postgres.connection.js';
import { countQueries } from './query-count.js';
import { SqlExecutionStore } from './sql.execution-store.js';
import { SqlEnlistedStarts } from './sql.enlisted-starts.js';
import { SqlStepTransactions } from './sql.step-transactions.js';
import { holdExclusively, openEmbeddedDataSource } from './sqlite/embedded-data-source.js';
import { ExclusiveCheckout } from './sqlite/exclusive-checkout.js';
import { sqliteQueryOf, SqliteStoreConnection } from './sqlite/sqlite.connection.js';
import type { Query, StoreConnection } from './store-connection.js';
import type { StoreDialect } from './store-dialect.js';
import { tableNames, type TableNames } from './table-names.js';
import { TransactionEnds } from './transaction-ends.js';

/** How to open the store. */
export interface StoreSettings {
  readonly database: string;
  readonly tablePrefix: string;
  readonly migrationsRun: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Milliseconds. */
  readonly lease: number;
  readonly notifications: boolean;
}

/** What the store needs from outside. */
export interface StoreServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly meter: UsageMeter;
  readonly log: EngineLog;
  readonly health: WorkflowHealth;
}

/** A database and what the store does with it. */
interface Connected {
  readonly connection: StoreConnection;
  readonly dialect: StoreDialect;
  /** Where transactional steps write. */
  readonly dataSource: DataSource;
  readonly queryOf: (manager: EntityManager) => Query;
  /** Where other processes may share the database. */
  readonly channel?: ProcessChannel;
}

/** Opens the store on the application's DataSource, or on an embedded database when it has none. */
export async function openStore(
  settings: StoreSettings,
  application: DataSource | undefined,
  services: StoreServices,
) {
  const { clock, random, meter, health } = services;
  const tables = tableNames(settings.tablePrefix);
  const { connection, dialect, dataSource, queryOf, channel } = application
    ? await connectTo(application, tables, settings, services)
    : await connectEmbedded(tables, settings, clock);
  const stopCounting = countQueries(dataSource, meter);
  const ends = new TransactionEnds(dataSource);
  const close = async (): Promise<void> => {
    stopCounting();
    ends.stop();
    await connection.close();
  };
  try {
    if (settings.migrationsRun) await runMigrations(connection, tables, dialect, clock.now());
    const journal = new GroupCommitJournal(dialect.journal, connection, clock, random, health);
    const { statements } = dialect;
    return {
      journal,
      queue: dialect.queue,
      executions: new SqlExecutionStore(connection, statements, clock),
      enlisted: new SqlEnlistedStarts(dataSource, dialect.journal, queryOf, ends),
      channel: settings.notifications ? channel : undefined,
      transactions: new SqlStepTransactions(dataSource, connection, statements, queryOf, clock),
      close: async (): Promise<void> => {
        await journal.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connectEmbedded(
  tables: TableNames,
  { database, lockTimeout }: StoreSettings,
  clock: Clock,
): Promise<Connected> {
  const dataSource = await openEmbeddedDataSource({ database, clock, lockTimeout });
  const checkout = ExclusiveCheckout.install(dataSource, clock);
  const connection = new SqliteStoreConnection(checkout, () => dataSource.destroy());
  const dialect = sqliteDialect(connection, tables, clock);
  return { connection, dialect, dataSource, queryOf: sqliteQueryOf };
}

/** Kinds of DataSource the store can use. The DataSource stays the application's, and open at the end. */
const CONNECTORS: Readonly<
  Record<
    string,
    (
      dataSource: DataSource,
      tables: TableNames,
      settings: StoreSettings,
      services: StoreServices,
    ) => Promise<Connected>
  >
> = {
  'better-sqlite3': async (dataSource, tables, { lockTimeout }, { clock }) => {
    const checkout = ExclusiveCheckout.install(dataSource, clock);
    await holdExclusively(dataSource, clock, lockTimeout);
    const connection = new SqliteStoreConnection(checkout, async () => checkout.uninstall());
    const dialect = sqliteDialect(connection, tables, clock);
    return { connection, dialect, dataSource, queryOf: sqliteQueryOf };
  },
  postgres: async (dataSource, tables, { lease }, { clock, random, log }) => {
    const onError = (cause: Error): void =>
      log.warn({ code: 'STORE_UNAVAILABLE', message: 'A database connection failed.', cause });
    surviveConnectionErrors(dataSource, onError);
    const engine = await openEngineDataSource(dataSource, onError, lease);
    const connection = new PostgresStoreConnection(engine, () => engine.destroy());
    const dialect = postgresDialect(connection, tables, clock, lease);
    const channel = new PostgresChannel(tables.channel, poolOf(engine), clock, random);
    return { connection, dialect, dataSource, queryOf: postgresQueryOf, channel };
  },
};

function connectTo(
  dataSource: DataSource,
  tables: TableNames,
  settings: StoreSettings,
  services: StoreServices,
): Promise<Connected> {
  const { type } = dataSource.options;
  const connect = CONNECTORS[type];
  if (connect) return connect(dataSource, tables, settings, services);
  throw new WorkflowException(
    'DATABASE_UNSUPPORTED',
    `The DataSource is of type "${type}"; the store speaks ${Object.keys(CONNECTORS).join(', ')}. Use one of these, or leave the DataSource out.`,
  );
}
