import type { DataSource } from 'typeorm';
import { BootPatience } from './boot-patience.js';
import { connectEmbedded, connectTo } from './connect.js';
import { GroupCommitJournal } from './group-commit.journal.js';
import { KeyExpiry } from './key-expiry.js';
import { runMigrations } from './migration-runner.js';
import { Patience } from './patience.js';
import { countQueries } from './query-count.js';
import { SqlEnlistedStarts } from './sql.enlisted-starts.js';
import { SqlExecutionStore } from './sql.execution-store.js';
import { SqlStepTransactions } from './sql.step-transactions.js';
import type { StoreServices, StoreSettings } from './store-settings.js';
import { tableNames } from './table-names.js';
import { TransactionEnds } from './transaction-ends.js';

/** Opens the store on the application's DataSource, or on an embedded database when it has none. */
export async function openStore(
  settings: StoreSettings,
  application: DataSource | undefined,
  services: StoreServices,
) {
  const { clock, random, meter, health, log } = services;
  const tables = tableNames(settings.tablePrefix);
  const patience = new Patience(clock, random);
  const boot = new BootPatience(patience, log, settings.connectTimeout);
  const order = { tables, settings, services, boot };
  const connected = await (application ? connectTo(application, order) : connectEmbedded(order));
  const { connection, dialect, dataSource, queryOf, channel } = connected;
  const stopCounting = countQueries(dataSource, meter);
  const ends = new TransactionEnds(dataSource);
  const close = async (): Promise<void> => {
    stopCounting();
    ends.stop();
    await connection.close();
  };
  try {
    if (settings.migrationsRun) {
      await boot.during(() => runMigrations(connection, tables, dialect, clock.now()));
    }
    const journal = new GroupCommitJournal(dialect.journal, connection, clock, random, health);
    const { statements } = dialect;
    return {
      journal,
      queue: dialect.queue,
      executions: new SqlExecutionStore(connection, statements, clock, patience),
      enlisted: new SqlEnlistedStarts(
        dataSource,
        dialect.journal,
        queryOf,
        ends,
        new KeyExpiry(statements, clock),
        settings.keyLifetime,
      ),
      channel: settings.notifications ? channel : undefined,
      transactions: new SqlStepTransactions(
        connected,
        connection,
        statements,
        clock,
        patience,
        settings.lease,
      ),
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
