import { expect, it } from '@jest/globals';
import type {
  TransactionalEnd,
  TransactionOwner,
} from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type { StepCheckpoint } from '../../../libs/workflow/src/engine/journal.port.js';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  completed,
  end,
  failed,
  keyOf,
  owned,
  ownerOf,
  starterOf,
  transition,
} from '../support/records.js';

const STRANGERS: readonly (readonly [string, TransactionOwner])[] = [
  ['an earlier fence', { ...starterOf(1), fence: 0 }],
  ['another run', { ...starterOf(1), run: 2 }],
  ['another worker', { ...starterOf(1), workerId: OTHER_WORKER }],
  ['another tenant', starterOf(1, OTHER_TENANT)],
  ['an execution that is not there', starterOf(9)],
];

export function transactionRules(store: () => ObservedStore): void {
  /** A step that writes one effect. */
  const step = (
    owner: TransactionOwner,
    checkpoint: StepCheckpoint,
    departure?: TransactionalEnd,
  ) =>
    store().transaction(owner, async (manager) => {
      await store().write(manager, `effect of ${checkpoint.stepId}`);
      return { kind: 'commit', checkpoint, departure };
    });

  it('commits its effects together with its checkpoint', async () => {
    await store().create(owned(1));

    const ended = await step(starterOf(1), completed('a'));

    expect(ended).toEqual({
      kind: 'committed',
      checkpoint: completed('a'),
      at: expect.any(Number),
    });
    expect(await store().effects()).toEqual(['effect of a']);
    const { checkpoints } = await store().dump();
    expect(checkpoints).toEqual([{ ...keyOf(1), run: 1, fence: 1, ...completed('a') }]);
  });

  it('takes part in the execution like any other', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { checkpoints: [completed('before')] }));
    await step(starterOf(1), completed('a'));
    const departure = { kind: 'release', delay: 0 } as const;
    await store().record(
      transition(starterOf(1), { checkpoints: [completed('after')], departure }),
    );

    const claimed = await store().claimOne();
    await step(ownerOf(claimed), completed('b'));

    const steps = claimed.checkpoints.map(({ stepId }) => stepId);
    expect(steps.sort()).toEqual(['a', 'after', 'before']);
    expect(await store().effects()).toEqual(['effect of a', 'effect of b']);
    expect((await store().dump()).checkpoints).toHaveLength(4);
  });

  it('that is the last one ends the execution in the same commit', async () => {
    await store().create(owned(1));
    const departure = end({ degraded: true });

    const ended = await step(starterOf(1), completed('a'), departure);

    expect(ended).toMatchObject({ kind: 'committed', departure });
    const { executions, tasks } = await store().dump();
    expect(tasks).toEqual([]);
    expect(executions).toMatchObject([
      {
        status: 'completed',
        output: '"done"',
        message: 'It is done.',
        statusCode: 200,
        degraded: true,
        fence: 1,
        finishedAt: (ended as { at: number }).at,
      },
    ]);
    expect(await store().record(transition(starterOf(1), { departure }))).toMatchObject({
      kind: 'applied',
      at: (ended as { at: number }).at,
    });
  });

  it('that asks for a rollback leaves nothing', async () => {
    await store().create(owned(1));
    const before = await store().dump();

    const ended = await store().transaction(starterOf(1), async (manager) => {
      await store().write(manager, 'effect');
      return { kind: 'roll-back', outcome: { said: 'no' } };
    });

    expect(ended).toEqual({ kind: 'rolled-back', outcome: { said: 'no' } });
    expect(await store().effects()).toEqual([]);
    expect(await store().dump()).toEqual(before);
  });

  it('that throws leaves nothing, and the store goes on', async () => {
    await store().create(owned(1));
    const before = await store().dump();

    const ended = store().transaction(starterOf(1), async (manager) => {
      await store().write(manager, 'effect');
      throw new Error('after the write');
    });

    await expect(ended).rejects.toThrow('after the write');
    expect(await store().effects()).toEqual([]);
    expect(await store().dump()).toEqual(before);
    expect(await step(starterOf(1), completed('a'))).toMatchObject({ kind: 'committed' });
  });

  it.each(STRANGERS)('of %s does not begin', async (_who, stranger) => {
    await store().create(owned(1));
    const before = await store().dump();
    let begun = false;

    const ended = await store().transaction(stranger, async (manager) => {
      begun = true;
      await store().write(manager, 'effect');
      return { kind: 'commit', checkpoint: completed('a'), departure: end() };
    });

    expect(ended).toEqual({ kind: 'fenced' });
    expect(begun).toBe(false);
    expect(await store().effects()).toEqual([]);
    expect(await store().dump()).toEqual(before);
  });

  it('that is recorded already counts once: the second leaves no effects', async () => {
    await store().create(owned(1));
    await step(starterOf(1), completed('a'));
    const before = await store().dump();

    expect(await step(starterOf(1), completed('a', { output: '2' }), end())).toEqual({
      kind: 'fenced',
    });
    expect(await store().effects()).toEqual(['effect of a']);
    expect(await store().dump()).toEqual(before);
  });

  it.each([
    ['ended', async () => void (await store().cancel(keyOf(1)))],
    [
      'been given back',
      async () => {
        const departure = { kind: 'release', delay: 0 } as const;
        await store().record(transition(starterOf(1), { departure }));
      },
    ],
  ])('of an execution that has %s does not begin', async (_how, leave) => {
    await store().create(owned(1));
    await leave();

    expect(await step(starterOf(1), completed('a'))).toEqual({ kind: 'fenced' });
    expect(await store().effects()).toEqual([]);
  });

  it('of many executions at a time commits each of them once', async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => n);
    for (const n of numbers) await store().create(owned(n));

    const ends = await Promise.all(numbers.map((n) => step(starterOf(n), failed(`s${n}`))));

    expect(ends.every(({ kind }) => kind === 'committed')).toBe(true);
    expect(await store().effects()).toHaveLength(20);
    expect((await store().dump()).checkpoints).toHaveLength(20);
  });
}
