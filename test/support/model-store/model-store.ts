import { ModelExecutionStore } from './model-execution-store.js';
import { ModelJournal } from './model-journal.js';
import { ModelStepTransactions } from './model-step-transactions.js';
import { ModelTables, type ModelSettings } from './model-tables.js';
import { ModelTaskQueue } from './model-task-queue.js';
import type { StoreDump } from './store-dump.js';

/**
 * The store in memory: what the ports promise, in the plainest words. Every call has done all of its
 * work when it returns its promise, so that a simulator decides what happens when.
 */
export class ModelStore {
  readonly tables: ModelTables;
  readonly journal: ModelJournal;
  readonly queue: ModelTaskQueue;
  readonly executions: ModelExecutionStore;
  readonly transactions: ModelStepTransactions;

  constructor(settings: ModelSettings) {
    this.tables = new ModelTables(settings);
    this.journal = new ModelJournal(this.tables);
    this.queue = new ModelTaskQueue(this.tables);
    this.executions = new ModelExecutionStore(this.tables);
    this.transactions = new ModelStepTransactions(this.tables);
  }

  dump(): StoreDump {
    return this.tables.dump();
  }
}
