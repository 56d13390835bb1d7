import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  CAPABILITY,
  OTHER_TENANT,
  owned,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

const HOUR = 3_600_000;

/** Milliseconds that the clock of a database may go on while a test does. */
const MEANWHILE = 5_000;

export function foresightRules(store: () => ObservedStore): void {
  const dueWithin = (horizon: number, ...capabilities: readonly string[]) =>
    store().dueWithin(horizon, capabilities.length > 0 ? capabilities : [CAPABILITY]);
  const parked = async (n: number, delay: number, tenantId?: string): Promise<void> => {
    await store().create(owned(n, tenantId ? { tenantId } : {}));
    await store().record(
      transition(starterOf(n, tenantId), { departure: { kind: 'park', delay } }),
    );
  };

  it('sees nothing in an empty store', async () => {
    expect(await dueWithin(HOUR)).toBeUndefined();
  });

  it('says of what is due that it is', async () => {
    await store().create(pending(1));
    await store().advance(HOUR);

    expect(await dueWithin(0)).toBe(0);
    expect(await dueWithin(HOUR)).toBe(0);
  });

  it('says how long until the first of all tenants is due, and nothing of what is far', async () => {
    await parked(1, 3 * HOUR);
    await parked(2, 2 * HOUR, OTHER_TENANT);
    await parked(3, 4 * HOUR);
    await store().advance(HOUR);

    expect(await dueWithin(HOUR - MEANWHILE)).toBeUndefined();
    const dueIn = (await dueWithin(2 * HOUR)) ?? 0;
    expect(dueIn).toBeGreaterThan(HOUR - MEANWHILE);
    expect(dueIn).toBeLessThanOrEqual(HOUR);
    await store().advance(dueIn);
    expect(await store().claimOne()).toMatchObject({ tenantId: OTHER_TENANT });
  });

  it('sees only what the worker can run', async () => {
    await store().create(pending(1, { capability: 'refund@1' }));

    expect(await dueWithin(HOUR)).toBeUndefined();
    expect(await dueWithin(HOUR, CAPABILITY, 'refund@1')).toBe(0);
  });

  it('sees nothing of what waits for a person', async () => {
    await store().create(owned(1));
    const departure = { kind: 'suspend', reason: 'Because.' } as const;
    await store().record(transition(starterOf(1), { departure }));

    expect(await dueWithin(HOUR)).toBeUndefined();
  });
}

export function lessorForesightRules(store: () => ObservedStore, lease: number): void {
  it('sees the end of a lease, whoever holds it', async () => {
    await store().create(owned(1));
    await store().advance(lease / 2);

    expect(await store().dueWithin(lease / 2 - MEANWHILE, [CAPABILITY])).toBeUndefined();
    const dueIn = (await store().dueWithin(lease, [CAPABILITY])) ?? 0;
    expect(dueIn).toBeGreaterThan(lease / 2 - MEANWHILE);
    await store().advance(dueIn);
    expect(await store().claimOne()).toMatchObject({ fence: 2 });
  });
}
