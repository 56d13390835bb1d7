import type { DataSource } from 'typeorm';
import type { UsageMeter } from '../context/usage-meter.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { Clock } from '../runtime/clock.js';
import { SqliteExecutionStore } from './dialects/sqlite/sqlite.execution-store.js';
import { SqliteJournalStore } from './dialects/sqlite/sqlite.journal-store.js';
import { sqliteStatements } from './dialects/sqlite/sqlite.statements.js';
import { SqliteTaskQueue } from './dialects/sqlite/sqlite.task-queue.js';
import { GroupCommitJournal } from './group-commit.journal.js';
import { InitialSchemaSqlite } from './migrations/initial-schema.sqlite.js';
import { runMigrations } from './migration-runner.js';
import { countQueries } from './query-count.js';
import { holdExclusively, openEmbeddedDataSource } from './sqlite/embedded-data-source.js';
import { ExclusiveCheckout } from './sqlite/exclusive-checkout.js';
import { SqliteStoreConnection } from './sqlite/sqlite.connection.js';
import { tableNames } from './table-names.js';

/** How to open the store. */
export interface StoreSettings {
  readonly database: string;
  readonly tablePrefix: string;
  readonly migrationsRun: boolean;
  readonly lockTimeout: number;
}

/** Opens the store on the application's DataSource, or on an embedded database when it has none. */
export async function openStore(
  settings: StoreSettings,
  dataSource: DataSource | undefined,
  clock: Clock,
  meter: UsageMeter,
) {
  const connection = dataSource
    ? await connectTo(dataSource, settings, clock, meter)
    : await connectEmbedded(settings, clock);
  try {
    const tables = tableNames(settings.tablePrefix);
    if (settings.migrationsRun) {
      await runMigrations(connection, tables, [new InitialSchemaSqlite(tables)]);
    }
    const statements = sqliteStatements(tables);
    const journal = new GroupCommitJournal(
      new SqliteJournalStore(connection, statements, clock),
      connection,
    );
    return {
      journal,
      queue: new SqliteTaskQueue(connection, statements, clock),
      executions: new SqliteExecutionStore(connection, tables, statements, clock),
      close: async (): Promise<void> => {
        await journal.settled();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function connectEmbedded(
  { database, lockTimeout }: StoreSettings,
  clock: Clock,
): Promise<SqliteStoreConnection> {
  const dataSource = await openEmbeddedDataSource({ database, clock, lockTimeout });
  const checkout = ExclusiveCheckout.install(dataSource, clock);
  return new SqliteStoreConnection(checkout, () => dataSource.destroy());
}

/** The DataSource stays the application's: it is made safe to share, and left open at the end. */
async function connectTo(
  dataSource: DataSource,
  { lockTimeout }: StoreSettings,
  clock: Clock,
  meter: UsageMeter,
): Promise<SqliteStoreConnection> {
  if (dataSource.options.type !== 'better-sqlite3') {
    throw new WorkflowException(
      'DATABASE_UNSUPPORTED',
      `The DataSource is of type "${dataSource.options.type}"; the store speaks SQLite. Use { type: 'better-sqlite3', driver: libsql }, or leave the DataSource out.`,
    );
  }
  const checkout = ExclusiveCheckout.install(dataSource, clock);
  await holdExclusively(dataSource, clock, lockTimeout);
  const stopCounting = countQueries(dataSource, meter);
  return new SqliteStoreConnection(checkout, async () => {
    stopCounting();
    checkout.uninstall();
  });
}
