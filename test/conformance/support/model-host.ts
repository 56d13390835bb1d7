import { ModelTransaction } from '../../support/model-store/model-step-transactions.js';
import { ModelStore } from '../../support/model-store/model-store.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { LEASE, type StoreHost, type TestedStore } from './tested-store.js';

/** Empty model stores for any number of workers. */
export const sharedModelHost: StoreHost = {
  open: (lease = LEASE) => Promise.resolve(openModel(lease)),
  close: () => Promise.resolve(),
};

/** Empty model stores that one process has to itself. */
export const soleModelHost: StoreHost = {
  open: () => Promise.resolve(openModel(undefined)),
  close: () => Promise.resolve(),
};

function openModel(lease: number | undefined): TestedStore {
  const clock = new VirtualClock();
  const model = new ModelStore({ now: () => clock.now(), lease });
  const { journal, queue, executions, transactions } = model;
  return {
    clock,
    journal,
    queue,
    executions,
    transactions,
    dump: () => Promise.resolve(model.dump()),
    write(manager, effect) {
      if (!(manager instanceof ModelTransaction)) throw new Error('Not a manager of the model.');
      return Promise.resolve(manager.write(effect));
    },
    effects: () => Promise.resolve([...transactions.effects].sort()),
  };
}
