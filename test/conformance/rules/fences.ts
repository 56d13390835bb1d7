import { describe, expect, it } from '@jest/globals';
import type { Departure } from '../../../libs/workflow/src/engine/journal.port.js';
import type { TransactionOwner } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  WORKER,
  attempt,
  completed,
  end,
  failure,
  keyOf,
  owned,
  ownerOf,
  starterOf,
  transition,
} from '../support/records.js';

const DEPARTURES: readonly (readonly [string, Departure | undefined])[] = [
  ['stays', undefined],
  ['ends it', end()],
  ['parks it', { kind: 'park', delay: 0 }],
  ['suspends it', { kind: 'suspend', reason: 'somebody asked for it' }],
  ['releases it', { kind: 'release', delay: 0 }],
];

const STRANGERS: readonly (readonly [string, TransactionOwner])[] = [
  ['an earlier fence', { ...starterOf(1), fence: 0 }],
  ['a fence to come', { ...starterOf(1), fence: 2 }],
  ['another run', { ...starterOf(1), run: 2 }],
  ['another worker', { ...starterOf(1), workerId: OTHER_WORKER }],
  ['another tenant', starterOf(1, OTHER_TENANT)],
  ['an execution that is not there', starterOf(9)],
];

/** A checkpoint that comes alone may be written another way. */
const SAYINGS = [
  ['a failed attempt and a checkpoint', [attempt('a', 1)]],
  ['nothing but a checkpoint', []],
] as const;

export function fenceRules(store: () => ObservedStore): void {
  describe.each(STRANGERS)('keeps out %s', (_name, stranger) => {
    describe.each(SAYINGS)('with %s', (_said, attempts) => {
      it.each(DEPARTURES)('that %s: nothing at all is written', async (_kind, departure) => {
        await store().create(owned(1));
        const before = await store().dump();

        const outcome = await store().record(
          transition(stranger, { attempts, checkpoints: [completed('a')], departure }),
        );

        expect(outcome).toEqual({ kind: 'fenced' });
        expect(await store().dump()).toEqual(before);
      });
    });
  });

  it.each(DEPARTURES.slice(1))(
    'keeps out its owner who %s and goes on',
    async (_kind, departure) => {
      await store().create(owned(1));
      await store().record(transition(starterOf(1), { departure }));
      const before = await store().dump();

      const outcome = await store().record(
        transition(starterOf(1), { checkpoints: [completed('late')], attempts: [attempt('b', 1)] }),
      );

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(await store().dump()).toEqual(before);
    },
  );

  it('grows with every claim, release, cancellation and retry, and never repeats', async () => {
    const fences: number[] = [];
    await store().create(owned(1));
    const release = { kind: 'release', delay: 0 } as const;
    await store().record(transition(starterOf(1), { departure: release }));
    for (const departure of [release, { kind: 'park', delay: 0 } as const, failure()]) {
      const claimed = await store().claimOne();
      fences.push(claimed.fence);
      await store().record(transition(ownerOf(claimed), { departure }));
    }
    await store().retry(keyOf(1));
    const retried = await store().claimOne({ workerId: OTHER_WORKER });
    fences.push(retried.fence);
    await store().cancel(keyOf(1));
    fences.push((await store().dump()).executions[0]?.fence ?? 0);

    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
    expect(fences[0]).toBeGreaterThan(1);
  });

  it('of a run before does not fit the next one', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { departure: failure() }));
    await store().retry(keyOf(1));
    const claimed = await store().claimOne({ workerId: WORKER });
    const before = await store().dump();

    for (const departure of [undefined, failure(), end()]) {
      expect(
        await store().record(
          transition(starterOf(1), { checkpoints: [completed('late')], departure }),
        ),
      ).toEqual({ kind: 'fenced' });
    }
    expect(claimed.run).toBe(2);
    expect(await store().dump()).toEqual(before);
  });
}
