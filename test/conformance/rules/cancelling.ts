import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  completed,
  creating,
  end,
  failure,
  keyOf,
  owned,
  ownerOf,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

export function cancelRules(store: () => ObservedStore): void {
  it('ends what waits for a claim', async () => {
    await store().create(pending(1));

    const outcome = await store().cancel(keyOf(1));

    const snapshot = await store().executions.find(keyOf(1));
    expect(outcome).toEqual({ kind: 'cancelled', snapshot });
    expect(snapshot).toMatchObject({
      status: 'cancelled',
      errors: '["cancelled"]',
      message: 'It was cancelled.',
      statusCode: 409,
      degraded: false,
      finishedAt: expect.any(Number),
    });
    expect(await store().claim()).toEqual([]);
  });

  it('ends what runs, keeps what has settled, and fences the owner', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { checkpoints: [completed('a')] }));

    const outcome = await store().cancel(keyOf(1));

    expect(outcome).toMatchObject({ snapshot: { checkpoints: [completed('a')] } });
    const before = await store().dump();
    for (const departure of [undefined, end(), failure()]) {
      const late = { checkpoints: [completed('b')], departure };
      expect(await store().record(transition(starterOf(1), late))).toEqual({ kind: 'fenced' });
    }
    expect(await store().dump()).toEqual(before);
  });

  it.each([
    ['completed', end()],
    ['failed', failure()],
  ])('comes too late for what has %s', async (_status, departure) => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { departure }));
    const before = await store().dump();

    expect(await store().cancel(keyOf(1))).toEqual({ kind: 'already-ended' });
    expect(await store().dump()).toEqual(before);
  });

  it('comes too late for what was cancelled', async () => {
    await store().create(owned(1));
    await store().cancel(keyOf(1));
    const before = await store().dump();

    expect(await store().cancel(keyOf(1))).toEqual({ kind: 'already-ended' });
    expect(await store().dump()).toEqual(before);
  });

  it('finds nothing to end under an id that is not there', async () => {
    await store().create(owned(1));

    expect(await store().cancel(keyOf(2))).toEqual({ kind: 'not-found' });
    expect(await store().cancel(keyOf(1, OTHER_TENANT))).toEqual({ kind: 'not-found' });
  });

  it('F64 or the end wins, exactly one of them', async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    await store().flush(...numbers.map((n) => creating(owned(n))));

    const races = await Promise.all(
      numbers.map((n) => {
        const ending = (): Promise<unknown> =>
          store().record(transition(starterOf(n), { departure: end() }));
        const cancelling = (): Promise<unknown> => store().cancel(keyOf(n));
        const both = n % 2 === 0 ? [ending(), cancelling()] : [cancelling(), ending()];
        return Promise.all(n % 2 === 0 ? both : both.toReversed());
      }),
    );

    const { executions, tasks } = await store().dump();
    expect(tasks).toEqual([]);
    for (const [n, [ended, cancelled]] of races.entries()) {
      const { status } = executions[n] ?? {};
      const expected =
        status === 'completed'
          ? [{ kind: 'applied' }, { kind: 'already-ended' }]
          : [{ kind: 'fenced' }, { kind: 'cancelled' }];
      expect([ended, cancelled]).toMatchObject(expected);
    }
  });

  // Red when: libs/workflow/src/persistence/sql.execution-store.ts
  //   - if (!task) {
  //   + if (task === null) {
  it('F64 happens once, however many order it', async () => {
    await store().create(owned(1));

    const outcomes = await Promise.all(Array.from({ length: 8 }, () => store().cancel(keyOf(1))));

    expect(outcomes.map(({ kind }) => kind).sort()).toEqual([
      ...Array.from({ length: 7 }, () => 'already-ended'),
      'cancelled',
    ]);
  });

  it('F64 or a claim: whoever claims what is cancelled can write nothing', async () => {
    await store().create(pending(1));

    const [claimed] = await Promise.all([store().claim(), store().cancel(keyOf(1))]);

    for (const each of claimed) {
      expect(await store().record(transition(ownerOf(each), { departure: end() }))).toEqual({
        kind: 'fenced',
      });
    }
    expect(await store().executions.find(keyOf(1))).toMatchObject({ status: 'cancelled' });
  });
}
