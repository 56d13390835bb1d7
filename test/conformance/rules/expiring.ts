import { beforeEach, expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  end,
  executionId,
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

    expect(await store().expireKey({}, DAY)).toBe(true);

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

    expect(await store().expireKey({}, 2 * DAY)).toBe(false);
    expect(await store().create(pending(2, KEYED))).toMatchObject({ kind: 'joined' });
  });

  it('is kept while the execution has not ended, however old it is', async () => {
    await store().advance(3 * DAY);

    expect(await store().expireKey({}, DAY)).toBe(false);
    expect(await store().create(pending(2, KEYED))).toMatchObject({ kind: 'joined' });
  });

  it.each([
    ['another tenant', { tenantId: OTHER_TENANT }],
    ['another workflow', { workflowId: 'refund' }],
    ['another key', { idempotencyKey: 'other' }],
  ])('is not taken for that of %s', async (_whose, other) => {
    await endFirst();
    await store().advance(DAY);

    expect(await store().expireKey(other, DAY)).toBe(false);
    expect(await store().create(pending(2, KEYED))).toMatchObject({ kind: 'joined' });
  });

  it('is free once, however many say so', async () => {
    await endFirst();
    await store().advance(DAY);

    const freed = await Promise.all([1, 2, 3].map(() => store().expireKey({}, DAY)));

    expect(freed.filter(Boolean)).toHaveLength(1);
  });
}
