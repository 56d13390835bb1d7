import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { sharedModelHost, soleModelHost } from './model-host.js';
import { ObservedStore } from './observed-store.js';
import { postgresHost, sqliteHost } from './sql-host.js';
import type { StoreHost } from './tested-store.js';

/** A kind of store by its name. */
export type StoreKind = readonly [name: string, start: () => Promise<StoreHost>];

/** Any number of workers share it: an owner has a lease. */
export const SHARED_STORES: readonly StoreKind[] = [
  ['the model store with leases', () => Promise.resolve(sharedModelHost)],
  ['PostgreSQL', () => postgresHost()],
];

/** One process has it to itself: an owner keeps what it has for its life. */
export const SOLE_STORES: readonly StoreKind[] = [
  ['the model store without leases', () => Promise.resolve(soleModelHost)],
  ['SQLite', sqliteHost],
];

export const STORES: readonly StoreKind[] = [...SOLE_STORES, ...SHARED_STORES];

/** Gives each test of the block an empty store. */
export function emptyStores(start: () => Promise<StoreHost>): () => ObservedStore {
  let host: StoreHost;
  let store: ObservedStore;
  beforeAll(async () => {
    host = await start();
  }, 60_000);
  afterAll(() => host.close(), 60_000);
  beforeEach(async () => {
    store = new ObservedStore(await host.open());
  });
  return () => store;
}
