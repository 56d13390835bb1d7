import type { Clock } from '../../../runtime/clock.js';
import { InitialSchemaPostgres } from '../../migrations/initial-schema.postgres.js';
import type { StoreConnection } from '../../store-connection.js';
import type { StoreDialect } from '../../store-dialect.js';
import type { TableNames } from '../../table-names.js';
import { PostgresJournalStore, type PreparedStatements } from './postgres.journal-store.js';
import { postgresJournalStatements } from './postgres.journal.statements.js';
import { postgresStatements } from './postgres.statements.js';
import { PostgresTaskQueue } from './postgres.task-queue.js';

/** The store on PostgreSQL. */
export function postgresDialect(
  connection: StoreConnection & PreparedStatements,
  tables: TableNames,
  clock: Clock,
  lease: number,
  reserved?: StoreConnection,
): StoreDialect {
  const statements = postgresStatements(tables, Math.ceil(lease / 2));
  return {
    migrations: [new InitialSchemaPostgres(tables)],
    migrationLock: `SELECT pg_advisory_xact_lock(hashtext('${tables.migration}'))`,
    journal: new PostgresJournalStore(connection, postgresJournalStatements(tables), clock, lease),
    queue: new PostgresTaskQueue(connection, statements, clock, lease, reserved),
    statements,
  };
}
