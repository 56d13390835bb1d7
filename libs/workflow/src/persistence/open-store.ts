import type { DataSource } from 'typeorm';
import type { UsageMeter } from '../context/usage-meter.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { Clock } from '../runtime/clock.js';
import { postgresDialect } from './dialects/postgres/postgres.dialect.js';
import { sqliteDialect } from './dialects/sqlite/sqlite.dialect.js';
import { GroupCommitJournal } from './group-commit.journal.js';
import { runMigrations } from './migration-runner.js';
import { PostgresStoreConnection } from './postgres/postgres.connection.js';
import { countQueries } from './query-count.js';
import { SqlExecutionStore } from './sql.execution-store.js';
import { holdExclusively, openEmbeddedDataSource } from './sqlite/embedded-data-source.js';
import { ExclusiveCheckout } from './sqlite/exclusive-checkout.js';
import { SqliteStoreConnection } from './sqlite/sqlite.connection.js';
import type { StoreConnection } from './store-connection.js';
import type { StoreDialect } from './store-dialect.js';
import { tableNames, type TableNames } from './table-names.js';

/** How to open the store. */
export interface StoreSettings {
  readonly database: string;
  readonly tablePrefix: string;
  readonly migrationsRun: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
  /** Milliseconds. */
  readonly lease: number;
}

/** A database and what the store does with it. */
interface Connected {
  readonly connection: StoreConnection;
  readonly dialect: StoreDialect;
}

/** Opens the store on the application's DataSource, or on an embedded database when it has none. */
export async function openStore(
  settings: StoreSettings,
  dataSource: DataSource | undefined,
  clock: Clock,
  meter: UsageMeter,
) {
  const tables = tableNames(settings.tablePrefix);
  const { connection, dialect } = dataSource
    ? await connectTo(dataSource, tables, settings, clock)
    : await connectEmbedded(tables, settings, clock);
  const stopCounting = dataSource ? countQueries(dataSource, meter) : () => undefined;
  const close = async (): Promise<void> => {
    stopCounting();
    await connection.close();
  };
  try {
    if (settings.migrationsRun) await runMigrations(connection, tables, dialect, clock.now());
    const journal = new GroupCommitJournal(dialect.journal, connection);
    return {
      journal,
      queue: dialect.queue,
      executions: new SqlExecutionStore(connection, dialect.statements, clock),
      close: async (): Promise<void> => {
        await journal.settled();
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
  return { connection, dialect: sqliteDialect(connection, tables, clock) };
}

/** Kinds of DataSource the store can use. The DataSource stays the application's, and open at the end. */
const CONNECTORS: Readonly<
  Record<
    string,
    (
      dataSource: DataSource,
      tables: TableNames,
      settings: StoreSettings,
      clock: Clock,
    ) => Promise<Connected>
  >
> = {
  'better-sqlite3': async (dataSource, tables, { lockTimeout }, clock) => {
    const checkout = ExclusiveCheckout.install(dataSource, clock);
    await holdExclusively(dataSource, clock, lockTimeout);
    const connection = new SqliteStoreConnection(checkout, async () => checkout.uninstall());
    return { connection, dialect: sqliteDialect(connection, tables, clock) };
  },
  postgres: async (dataSource, tables, { lease }, clock) => {
    const connection = new PostgresStoreConnection(dataSource, () => Promise.resolve());
    return { connection, dialect: postgresDialect(connection, tables, clock, lease) };
  },
};

function connectTo(
  dataSource: DataSource,
  tables: TableNames,
  settings: StoreSettings,
  clock: Clock,
): Promise<Connected> {
  const { type } = dataSource.options;
  const connect = CONNECTORS[type];
  if (connect) return connect(dataSource, tables, settings, clock);
  throw new WorkflowException(
    'DATABASE_UNSUPPORTED',
    `The DataSource is of type "${type}"; the store speaks ${Object.keys(CONNECTORS).join(', ')}. Use one of these, or leave the DataSource out.`,
  );
}
