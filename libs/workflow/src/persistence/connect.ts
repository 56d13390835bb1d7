import type { DataSource } from 'typeorm';
import type { ProcessChannel } from '../dispatch/process-channel.port.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { BootPatience } from './boot-patience.js';
import { postgresDialect } from './dialects/postgres/postgres.dialect.js';
import { sqliteDialect } from './dialects/sqlite/sqlite.dialect.js';
import { poolOf } from './postgres/connection-pool.js';
import {
  abandonConnection,
  heartbeatPool,
  openEngineDataSource,
  surviveConnectionErrors,
} from './postgres/engine-data-source.js';
import { PostgresChannel } from './postgres/postgres.channel.js';
import { PostgresStoreConnection, postgresQueryOf } from './postgres/postgres.connection.js';
import { keepsSettings, SETTINGS_IGNORED } from './postgres/session-settings.js';
import type { StepDatabase } from './sql.step-transactions.js';
import { holdExclusively, openEmbeddedDataSource } from './sqlite/embedded-data-source.js';
import { ExclusiveCheckout } from './sqlite/exclusive-checkout.js';
import { sqliteQueryOf, SqliteStoreConnection } from './sqlite/sqlite.connection.js';
import type { StoreConnection } from './store-connection.js';
import type { StoreDialect } from './store-dialect.js';
import type { StoreServices, StoreSettings } from './store-settings.js';
import type { TableNames } from './table-names.js';

/** A database and what the store does with it. */
export interface Connected extends StepDatabase {
  readonly connection: StoreConnection;
  readonly dialect: StoreDialect;
  /** Where other processes may share the database. */
  readonly channel?: ProcessChannel;
}

/** What to connect with. */
export interface ConnectOrder {
  readonly tables: TableNames;
  readonly settings: StoreSettings;
  readonly services: StoreServices;
  readonly boot: BootPatience;
}

/** The embedded database, opened for the engine alone. */
export async function connectEmbedded({
  tables,
  settings: { database, lockTimeout },
  services: { clock },
}: ConnectOrder): Promise<Connected> {
  const dataSource = await openEmbeddedDataSource({ database, clock, lockTimeout });
  const checkout = ExclusiveCheckout.install(dataSource, clock);
  const connection = new SqliteStoreConnection(checkout, () => dataSource.destroy());
  const dialect = sqliteDialect(connection, tables, clock);
  return { connection, dialect, dataSource, queryOf: sqliteQueryOf };
}

type Connector = (dataSource: DataSource, order: ConnectOrder) => Promise<Connected>;

/** The DataSource stays the application's, and open at the end. */
export const connectTo: Connector = (dataSource, order) => {
  const { type } = dataSource.options;
  const connect = CONNECTORS[type];
  if (connect) return connect(dataSource, order);
  throw new WorkflowException(
    'DATABASE_UNSUPPORTED',
    `The DataSource is of type "${type}"; the store speaks ${Object.keys(CONNECTORS).join(', ')}. Use one of these, or leave the DataSource out.`,
  );
};

const connectSqlite: Connector = async (dataSource, { tables, settings, services: { clock } }) => {
  const checkout = ExclusiveCheckout.install(dataSource, clock);
  await holdExclusively(dataSource, clock, settings.lockTimeout);
  const connection = new SqliteStoreConnection(checkout, async () => checkout.uninstall());
  const dialect = sqliteDialect(connection, tables, clock);
  return { connection, dialect, dataSource, queryOf: sqliteQueryOf };
};

const connectPostgres: Connector = async (dataSource, order) => {
  if (!dataSource.isInitialized) throw notInitialized();
  const { tables, settings, services } = order;
  const { lease } = settings;
  const { clock, random, log } = services;
  const onError = (cause: Error): void =>
    log.warn({ code: 'STORE_UNAVAILABLE', message: 'A database connection failed.', cause });
  const stopListening = surviveConnectionErrors(dataSource, onError);
  try {
    const { engine, reserved } = await openEnginePools(dataSource, order, onError);
    if (!(await order.boot.during(() => keepsSettings(poolOf(engine))))) log.warn(SETTINGS_IGNORED);
    const renewals = new PostgresStoreConnection(reserved, () => reserved.destroy());
    const connection = new PostgresStoreConnection(engine, async () => {
      await renewals.close();
      await engine.destroy();
      stopListening();
    });
    const dialect = postgresDialect(connection, tables, clock, lease, renewals);
    return {
      connection,
      dialect,
      dataSource,
      queryOf: postgresQueryOf,
      abandon: abandonConnection,
      channel: new PostgresChannel(tables.channel, poolOf(engine), clock, random),
    };
  } catch (error) {
    stopListening();
    throw error;
  }
};

/** Both, or none. */
async function openEnginePools(
  dataSource: DataSource,
  { settings: { lease }, boot }: ConnectOrder,
  onError: (cause: Error) => void,
): Promise<{ readonly engine: DataSource; readonly reserved: DataSource }> {
  const engine = await boot.during(() => openEngineDataSource(dataSource, onError, lease));
  try {
    const reserved = await boot.during(() =>
      openEngineDataSource(dataSource, onError, lease, heartbeatPool(lease)),
    );
    return { engine, reserved };
  } catch (error) {
    await engine.destroy();
    throw error;
  }
}

/** Kinds of DataSource the store can use. */
const CONNECTORS: Readonly<Record<string, Connector>> = {
  'better-sqlite3': connectSqlite,
  postgres: connectPostgres,
};

const notInitialized = (): WorkflowException =>
  new WorkflowException(
    'MODULE_OPTION_INVALID',
    'store.dataSource: the DataSource is not initialised. Await its initialize() before, or let TypeOrmModule do it.',
  );
