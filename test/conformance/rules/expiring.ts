import { beforeEach, expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  TENANT,
  end,
  executionId,
  failure,
  keyOf,
  owned,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

const DAY = 86_400_000;
const KEYED = { idempotencyKey: 'key' };

export function expiryRules(store: () => ObservedStore): void {
  const endFirst = () => store().record(transition(starterOf(1), { departure: end() }));

  beforeEach(async () => {
    await store().create(owned(1, KEYED));
  });

  it('is free again when what it belonged to has ended and is old enough', async () => {
    await endFirst();
    await store().advance(DAY);

    expect(await store().expireKey(keyOf(1), DAY)).toBe(true);

    const outcome = await store().create(pending(2, KEYED));
    expect(outcome).toMatchObject({ kind: 'created' });
    expect(await store().create(pending(3, KEYED))).toMatchObject({ executionId: executionId(2) });
    expect((await store().dump()).executions).toMatchObject([
      { id: executionId(1), status: 'completed' },
      { id: executionId(2), idempotencyKey: 'key' },
    ]);
  });

  it('is kept while its lifetime lasts', async () => {
    await endFirst();
    await store().advance(DAY);

    expect(await store().expireKey(keyOf(1), 2 * DAY)).toBe(false);
    expect(await store().create(pending(2, KEYED))).toMatchObject({ kind: 'joined' });
  });

  it('is kept while the execution has not ended, however old it is', async () => {
    await store().advance(3 * DAY);

    expect(await store().expireKey(keyOf(1), DAY)).toBe(false);
    expect(await store().create(pending(2, KEYED))).toMatchObject({ kind: 'joined' });
  });

  it.each([
    ['another tenant', OTHER_TENANT, 1],
    ['another execution', TENANT, 2],
  ])('is not taken for that of %s', async (_whose, tenantId, n) => {
    await endFirst();
    await store().create(owned(n, { ...keyOf(n, tenantId), idempotencyKey: 'other' }));
    await store().record(transition(starterOf(n, tenantId), { departure: end() }));
    await store().advance(DAY);

    expect(await store().expireKey(keyOf(n, tenantId), DAY)).toBe(true);
    expect(await store().create(pending(3, KEYED))).toMatchObject({ executionId: executionId(1) });
  });

  it('is free for everybody who ran into it', async () => {
    await endFirst();
    await store().advance(DAY);

    const free = await Promise.all([1, 2, 3].map(() => store().expireKey(keyOf(1), DAY)));

    expect(free).toEqual([true, true, true]);
  });

  it('stays free when what it belonged to runs again, and is then of another', async () => {
    await store().record(transition(starterOf(1), { departure: failure() }));
    await store().advance(DAY);
    await store().expireKey(keyOf(1), DAY);
    await store().create(pending(2, KEYED));
    await store().retry(keyOf(1));

    expect(await store().expireKey(keyOf(1), DAY)).toBe(true);
    expect(await store().expireKey(keyOf(2), DAY)).toBe(false);
  });

  it('is free when nothing is left of what it belonged to', async () => {
    expect(await store().expireKey(keyOf(2), DAY)).toBe(true);
    expect(await store().expireKey(keyOf(1, OTHER_TENANT), DAY)).toBe(true);
  });
}
