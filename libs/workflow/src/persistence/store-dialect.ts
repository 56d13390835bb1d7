import type { MigrationInterface } from 'typeorm';
import type { TaskQueue } from '../dispatch/task-queue.port.js';
import type { JournalStore } from './journal-record.js';
import type { ExecutionStatements } from './sql.execution-store.js';
import type { TransactionStatements } from './sql.step-transactions.js';

/** What a database must have to keep executions: its statements and the shapes they work on. */
export interface StoreDialect {
  readonly migrations: readonly (MigrationInterface & { readonly name: string })[];
  /** A statement that lets one instance migrate at a time; absent where a transaction alone does. */
  readonly migrationLock?: string;
  readonly journal: JournalStore;
  readonly queue: TaskQueue;
  readonly statements: ExecutionStatements & TransactionStatements;
}
