import { describe } from '@jest/globals';
import { batchRules } from './rules/batches.js';
import { cancelRules } from './rules/cancelling.js';
import { checkpointRules } from './rules/checkpoints.js';
import { claimRules } from './rules/claiming.js';
import { departureRules } from './rules/departures.js';
import { expiryRules } from './rules/expiring.js';
import { fenceRules } from './rules/fences.js';
import { foresightRules, lessorForesightRules } from './rules/foreseeing.js';
import { leaseRules } from './rules/leases.js';
import { lifelongRules } from './rules/lifelong.js';
import { listRules } from './rules/listing.js';
import { payloadRules } from './rules/payloads.js';
import { retryRules } from './rules/retrying.js';
import { startRules } from './rules/starting.js';
import { suspectRules } from './rules/suspects.js';
import { suspensionRules } from './rules/suspensions.js';
import { tenantRules } from './rules/tenants.js';
import { transactionRules } from './rules/transactions.js';
import type { ObservedStore } from './support/observed-store.js';
import { COMPANIES } from './support/in-company.js';
import { postgresHost } from './support/sql-host.js';
import { emptyStores, SHARED_STORES, SOLE_STORES, type StoreKind } from './support/stores.js';
import { LEASE } from './support/tested-store.js';

function rulesOfAll(store: () => ObservedStore): void {
  describe('a start', () => startRules(store));
  describe('an idempotency key', () => expiryRules(store));
  describe('a batch', () => batchRules(store));
  describe('a fence', () => fenceRules(store));
  describe('a checkpoint', () => checkpointRules(store));
  describe('a departure', () => departureRules(store));
  describe('a claim', () => claimRules(store));
  describe('a foresight', () => foresightRules(store));
  describe('a suspension', () => suspensionRules(store));
  describe('a cancellation', () => cancelRules(store));
  describe('a retry', () => retryRules(store));
  describe('a list', () => listRules(store));
  describe('a payload', () => payloadRules(store));
  describe('a tenant', () => tenantRules(store));
  describe('a transactional step', () => transactionRules(store));
}

/** A batch of transitions has one statement for those that are alone, and others for those that are not. */
const IN_COMPANY: readonly StoreKind[] = COMPANIES.flatMap(([how, company]) =>
  company ? [[`PostgreSQL${how}`, () => postgresHost(company)] as const] : [],
);

describe.each([...SHARED_STORES, ...IN_COMPANY])('%s', (_name, start) => {
  const store = emptyStores(start);
  rulesOfAll(store);
  describe('a lease', () => leaseRules(store));
  describe('a foresight with leases', () => lessorForesightRules(store, LEASE));
  describe('a suspect', () => suspectRules(store, () => store().advance(LEASE)));
});

describe.each(SOLE_STORES)('%s', (_name, start) => {
  const store = emptyStores(start);
  rulesOfAll(store);
  describe('an ownership for life', () => lifelongRules(store));
  describe('a suspect', () => suspectRules(store, () => store().recover()));
});
