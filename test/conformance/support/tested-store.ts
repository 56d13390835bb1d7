import type { ExecutionStore } from '../../../libs/workflow/src/dispatch/execution-store.port.js';
import type { TaskQueue } from '../../../libs/workflow/src/dispatch/task-queue.port.js';
import type { StepTransactions } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type { JournalStore } from '../../../libs/workflow/src/persistence/journal-record.js';
import type { StoreDump } from '../../support/model-store/store-dump.js';
import type { VirtualClock } from '../../support/virtual-clock.js';

/** Milliseconds; long beside what a test takes in real time, which the clocks of databases add. */
export const LEASE = 60_000;

/** An empty store with the ports that are tested, and what a test must be able to see of it. */
export interface TestedStore {
  /** The store's own time moves with it. */
  readonly clock: VirtualClock;
  readonly journal: Pick<JournalStore, 'flush'>;
  readonly queue: TaskQueue;
  readonly executions: ExecutionStore;
  readonly transactions: StepTransactions;
  dump(): Promise<StoreDump>;
  /** Does what the user's code would do inside of a transactional step. */
  write(manager: unknown, effect: string): Promise<void>;
  /** What transactional steps have committed, in alphabetical order. */
  effects(): Promise<readonly string[]>;
}

/** Where empty stores of one kind come from. */
export interface StoreHost {
  /** @param lease milliseconds, where there are leases */
  open(lease?: number): Promise<TestedStore>;
  close(): Promise<void>;
}
