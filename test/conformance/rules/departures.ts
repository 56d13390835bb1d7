import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  completed,
  end,
  failure,
  keyOf,
  owned,
  ownerOf,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

/** Longer than any timer of Node. */
const THIRTY_DAYS = 30 * 24 * 3_600_000;

export function departureRules(store: () => ObservedStore): void {
  it('by the end writes the result and takes the task away', async () => {
    await store().create(owned(1));
    const departure = end({ errors: '["a step"]', degraded: true });

    const outcome = await store().record(
      transition(starterOf(1), { checkpoints: [completed('a')], departure }),
    );

    const { executions, tasks, checkpoints } = await store().dump();
    expect(tasks).toEqual([]);
    expect(checkpoints).toHaveLength(1);
    expect(executions).toMatchObject([
      {
        status: 'completed',
        output: '"done"',
        errors: '["a step"]',
        statusCode: 200,
        message: 'It is done.',
        degraded: true,
        fence: 1,
        finishedAt: (outcome as { at: number }).at,
      },
    ]);
    expect(await store().claim()).toEqual([]);
  });

  it("by the end is dated by the store's clock", async () => {
    await store().create(owned(1));
    await store().advance(3_600_000);
    const before = store().now;

    const outcome = await store().record(transition(starterOf(1), { departure: end() }));

    expect((outcome as { at: number }).at).toBeGreaterThanOrEqual(before - 1);
    expect((outcome as { at: number }).at).toBeLessThan(before + 60_000);
  });

  it('by the end is recognised when it is repeated, because its answer was lost', async () => {
    await store().create(owned(1));
    const last = transition(starterOf(1), { checkpoints: [completed('a')], departure: failure() });
    const outcome = await store().record(last);
    const before = await store().dump();
    await store().advance(1_000);

    expect(await store().record(last)).toEqual(outcome);
    expect(await store().dump()).toEqual(before);
  });

  it('by the end is not recognised in a cancellation', async () => {
    await store().create(owned(1));
    await store().cancel(keyOf(1));

    expect(await store().record(transition(starterOf(1), { departure: end() }))).toEqual({
      kind: 'fenced',
    });
  });

  it('into a wait shows as waiting, and is due when the wait is over', async () => {
    await store().create(owned(1));

    const departure = { kind: 'park', delay: 5_000 } as const;
    await store().record(transition(starterOf(1), { departure }));

    expect(await store().executions.find(keyOf(1))).toMatchObject({ status: 'waiting' });
    expect(await store().claim()).toEqual([]);
    await store().advance(5_000);
    expect(await store().claimOne()).toMatchObject({ ...keyOf(1), run: 1, fence: 2, claims: 1 });
    expect(await store().executions.find(keyOf(1))).toMatchObject({ status: 'running' });
  });

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.journal.statements.ts
  //   - `status = 'waiting', claims = 0, visible_at = ${atWrite} + ${milliseconds('n.delay')}`
  //   + `status = 'waiting', claims = 0, visible_at = ${atWrite} + ${milliseconds('least(n.delay, 2147483647)')}`
  it('F43 into a wait may be for longer than any timer', async () => {
    await store().create(owned(1));

    const departure = { kind: 'park', delay: THIRTY_DAYS } as const;
    await store().record(transition(starterOf(1), { departure }));

    await store().advance(THIRTY_DAYS - 60_000);
    expect(await store().claim()).toEqual([]);
    await store().advance(60_000);
    expect(await store().claim()).toHaveLength(1);
  });

  it('into a wait of a part of a millisecond is due within the next', async () => {
    await store().create(owned(1));

    const departure = { kind: 'park', delay: 0.25 } as const;
    await store().record(transition(starterOf(1), { departure }));

    await store().advance(1);
    expect(await store().claim()).toHaveLength(1);
  });

  it('by a release is due at once, and its claim does not count', async () => {
    await store().create(pending(1));
    await store().claimOne();
    const { tasks } = await store().dump();
    expect(tasks).toMatchObject([{ claims: 1 }]);

    const departure = { kind: 'release', delay: 0 } as const;
    await store().record(transition(starterOf(1), { departure }));

    expect(await store().executions.find(keyOf(1))).toMatchObject({ status: 'pending' });
    expect((await store().dump()).tasks).toMatchObject([{ claims: 0, fence: 2 }]);
    expect(await store().claimOne()).toMatchObject({ fence: 3, claims: 1 });
  });

  it('by a release may be for a while', async () => {
    await store().create(owned(1));

    const departure = { kind: 'release', delay: 5_000 } as const;
    await store().record(transition(starterOf(1), { departure }));

    expect(await store().claim()).toEqual([]);
    await store().advance(5_000);
    expect(await store().claim()).toHaveLength(1);
  });

  it('leaves what others hold alone', async () => {
    for (const n of [1, 2, 3, 4]) await store().create(owned(n));
    const departures = [end(), { kind: 'park', delay: 1 }, { kind: 'release', delay: 1 }] as const;
    for (const [index, departure] of departures.entries()) {
      await store().record(transition(starterOf(index + 1), { departure }));
    }

    const stays = await store().record(transition(starterOf(4), { checkpoints: [completed('a')] }));

    expect(stays).toMatchObject({ kind: 'applied' });
  });

  it('counts the owners in a row that ended without a word', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { departure: { kind: 'park', delay: 0 } }));

    const claimed = await store().claimOne();

    expect(claimed.claims).toBe(1);
    await store().record(transition(ownerOf(claimed), { departure: { kind: 'park', delay: 0 } }));
    expect((await store().claimOne()).claims).toBe(1);
  });
}
