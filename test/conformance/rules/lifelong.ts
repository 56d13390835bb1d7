import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  CAPABILITY,
  OTHER_TENANT,
  OTHER_WORKER,
  WORKER,
  completed,
  end,
  keyOf,
  owned,
  ownerOf,
  pending,
  starterOf,
  taskOf,
  transition,
} from '../support/records.js';

const A_YEAR = 365 * 24 * 3_600_000;

export function lifelongRules(store: () => ObservedStore): void {
  it('does not end by itself', async () => {
    await store().create(owned(1));
    await store().create(pending(2));
    await store().claimOne();
    await store().advance(A_YEAR);

    expect(await store().claim({ workerId: OTHER_WORKER })).toEqual([]);
  });

  it('needs no heartbeat', async () => {
    await store().create(owned(1));
    const before = await store().dump();

    expect(await store().extend(WORKER, taskOf(starterOf(1)))).toEqual([]);
    expect(await store().dump()).toEqual(before);
  });

  it('ends at the next boot: what was owned is due, and that life is counted', async () => {
    await store().create(owned(1));
    await store().create(owned(1, { tenantId: OTHER_TENANT }));
    await store().create(owned(2));
    await store().record(transition(starterOf(2), { departure: end() }));
    await store().create(owned(3));
    await store().record(transition(starterOf(3), { departure: { kind: 'park', delay: 9_000 } }));

    expect(await store().recover()).toBe(2);

    const claimed = await store().claim({ workerId: OTHER_WORKER });
    expect(claimed).toHaveLength(2);
    for (const each of claimed)
      expect(each).toMatchObject({ ...keyOf(1, each.tenantId), claims: 2 });
  });

  it('counts the lives in a row that ended without a checkpoint', async () => {
    await store().create(owned(1));
    await store().create(owned(2));
    await store().recover();
    const [first] = await store().claim({ limit: 1 });
    const [second] = await store().claim({ limit: 1 });
    if (!first || !second) throw new Error('Two executions were due.');
    await store().record(transition(ownerOf(first), { checkpoints: [completed('a')] }));
    await store().recover();

    const claims = new Map<string, number>();
    for (const each of await store().claim()) claims.set(each.executionId, each.claims);
    expect(claims).toEqual(
      new Map([
        [first.executionId, 1],
        [second.executionId, 3],
      ]),
    );
  });

  it('fences what the earlier life still has to say, before anybody has claimed', async () => {
    await store().create(owned(1));
    await store().recover();
    const before = await store().dump();

    for (const departure of [undefined, end()]) {
      const late = { checkpoints: [completed('a')], departure };
      expect(await store().record(transition(starterOf(1), late))).toEqual({ kind: 'fenced' });
    }
    expect(await store().dump()).toEqual(before);
    expect(before.tasks).toMatchObject([{ fence: 2 }]);
  });

  it('is not for what no definition can run: that is suspended until one can', async () => {
    await store().create(pending(1));
    await store().create(pending(2, { capability: 'refund@1' }));
    await store().create(owned(3));

    expect(await store().matchCapabilities('refund@1')).toEqual({ suspended: 1, resumed: 0 });
    expect(await store().executions.find(keyOf(1))).toMatchObject({
      status: 'suspended',
      reason: `DEFINITION_MISSING: no registered workflow has the capability "${CAPABILITY}".`,
    });
    expect(await store().matchCapabilities('refund@1')).toEqual({ suspended: 0, resumed: 0 });
    expect(await store().matchCapabilities('refund@1', CAPABILITY)).toEqual({
      suspended: 0,
      resumed: 1,
    });
    expect(await store().claimOne()).toMatchObject(keyOf(1));
  });

  it('leaves to its owner what runs without a definition', async () => {
    await store().create(owned(1));

    expect(await store().matchCapabilities()).toEqual({ suspended: 0, resumed: 0 });
    expect(await store().record(transition(starterOf(1), { departure: end() }))).toMatchObject({
      kind: 'applied',
    });
  });

  it('suspends what waits for a time, too', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { departure: { kind: 'park', delay: 1_000 } }));

    expect(await store().matchCapabilities()).toEqual({ suspended: 1, resumed: 0 });
    await store().advance(1_000);
    expect(await store().claim()).toEqual([]);
  });
}
