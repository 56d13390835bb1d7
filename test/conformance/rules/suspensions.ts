import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  CAPABILITY,
  keyOf,
  owned,
  ownerOf,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

const FOREVER = 100 * 365 * 24 * 3_600_000;

const suspend = (reason: string) => ({ departure: { kind: 'suspend', reason } as const });

export function suspensionRules(store: () => ObservedStore): void {
  it('shows its reason, and is never due', async () => {
    await store().create(owned(1));

    await store().record(transition(starterOf(1), suspend('somebody asked for it')));

    expect(await store().executions.find(keyOf(1))).toMatchObject({
      status: 'suspended',
      reason: 'somebody asked for it',
    });
    await store().advance(FOREVER);
    expect(await store().claim()).toEqual([]);
  });

  it.each(['DEFINITION_MISSING: it was not there', 'TENANT_MISSING: it was not there'])(
    'for %s ends when the capability is there',
    async (reason) => {
      await store().create(owned(1));
      await store().record(transition(starterOf(1), suspend(reason)));

      expect(await store().matchCapabilities(CAPABILITY)).toEqual({ suspended: 0, resumed: 1 });

      const found = await store().executions.find(keyOf(1));
      expect(found?.status).toBe('pending');
      expect(found?.reason).toBeUndefined();
      expect(await store().claimOne()).toMatchObject({ fence: 2 });
    },
  );

  it('does not end by the capability of another definition', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), suspend('DEFINITION_MISSING: gone')));

    expect(await store().matchCapabilities('refund@1')).toEqual({ suspended: 0, resumed: 0 });
    expect(await store().executions.find(keyOf(1))).toMatchObject({ status: 'suspended' });
  });

  it('for another reason does not end by a capability', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), suspend('PAYLOAD_UNREADABLE: broken')));
    const before = await store().dump();

    expect(await store().matchCapabilities(CAPABILITY)).toEqual({ suspended: 0, resumed: 0 });
    expect(await store().dump()).toEqual(before);
  });

  it('is not the death of an owner, however often it happens', async () => {
    await store().create(pending(1));
    for (let times = 1; times <= 5; times += 1) {
      const claimed = await store().claimOne();
      expect(claimed.claims).toBe(1);
      await store().record(transition(ownerOf(claimed), suspend('TENANT_MISSING: gone')));
      await store().matchCapabilities(CAPABILITY);
    }
  });

  it('can be cancelled', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), suspend('somebody asked for it')));

    expect(await store().cancel(keyOf(1))).toMatchObject({ kind: 'cancelled' });
    const found = await store().executions.find(keyOf(1));
    expect(found?.status).toBe('cancelled');
    expect(found?.reason).toBeUndefined();
  });
}
