import type { Clock } from '../../../runtime/clock.js';
import { InitialSchemaSqlite } from '../../migrations/initial-schema.sqlite.js';
import type { StoreConnection } from '../../store-connection.js';
import type { StoreDialect } from '../../store-dialect.js';
import type { TableNames } from '../../table-names.js';
import { SqliteJournalStore, type SynchronousTransactions } from './sqlite.journal-store.js';
import { sqliteJournalStatements } from './sqlite.journal.statements.js';
import { sqliteStatements } from './sqlite.statements.js';
import { SqliteTaskQueue } from './sqlite.task-queue.js';

/** The store on SQLite. */
export function sqliteDialect(
  connection: StoreConnection & SynchronousTransactions,
  tables: TableNames,
  clock: Clock,
): StoreDialect {
  const statements = sqliteStatements(tables);
  return {
    migrations: [new InitialSchemaSqlite(tables)],
    journal: new SqliteJournalStore(connection, sqliteJournalStatements(tables), clock),
    queue: new SqliteTaskQueue(connection, statements, clock),
    statements,
  };
}
