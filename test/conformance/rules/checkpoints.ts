import { expect, it } from '@jest/globals';
import type { StepCheckpoint } from '../../../libs/workflow/src/engine/journal.port.js';
import type { ObservedStore } from '../support/observed-store.js';
import {
  attempt,
  completed,
  end,
  failed,
  keyOf,
  owned,
  ownerOf,
  starterOf,
  transition,
} from '../support/records.js';

const RELEASE = { kind: 'release', delay: 0 } as const;

export function checkpointRules(store: () => ObservedStore): void {
  it.each([
    ['beside another', (...both: StepCheckpoint[]) => [both]],
    ['alone', (...both: StepCheckpoint[]) => both.map((one) => [one])],
  ] as const)('keeps everything it says %s', async (_how, inCommits) => {
    await store().create(owned(1));
    const full = completed('a', {
      errors: '["none"]',
      statusCode: 418,
      reason: 'because',
      writes: '{"data":{}}',
      audit: '[{"action":"b"}]',
      usage: '{"cpu":1}',
    });
    const bare = { stepId: 'b', status: 'skipped', attempts: 0, finishedAt: 5 } as const;

    for (const checkpoints of inCommits(full, bare)) {
      await store().record(transition(starterOf(1), { checkpoints }));
    }

    const { checkpoints } = (await store().executions.find(keyOf(1))) ?? { checkpoints: [] };
    const byStep = [...checkpoints].sort((a, b) => (a.stepId < b.stepId ? -1 : 1));
    expect(byStep).toEqual([full, bare]);
    expect((await store().dump()).checkpoints).toMatchObject([
      { run: 1, fence: 1 },
      { run: 1, fence: 1 },
    ]);
  });

  it('is never changed within a run: the first word counts', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { checkpoints: [completed('a')] }));
    const before = await store().dump();

    const outcome = await store().record(
      transition(starterOf(1), { checkpoints: [failed('a'), completed('b')] }),
    );

    expect(outcome).toMatchObject({ kind: 'applied' });
    const { checkpoints } = await store().dump();
    expect(checkpoints).toHaveLength(2);
    expect(checkpoints[0]).toEqual(before.checkpoints[0]);
  });

  it('is never changed by the end that comes with another word on it', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { checkpoints: [completed('a')] }));
    const before = await store().dump();

    const outcome = await store().record(
      transition(starterOf(1), { checkpoints: [failed('a')], departure: end() }),
    );

    expect(outcome).toMatchObject({ kind: 'applied' });
    const { checkpoints, executions } = await store().dump();
    expect(checkpoints).toEqual(before.checkpoints);
    expect(executions).toMatchObject([{ status: 'completed' }]);
  });

  it('is read back by the next owner', async () => {
    await store().create(owned(1));
    const checkpoints = [completed('a')];
    await store().record(transition(starterOf(1), { checkpoints, departure: RELEASE }));

    expect(await store().claimOne()).toMatchObject({ checkpoints, attempts: [] });
  });

  it('is not changed by the next owner of the same run', async () => {
    await store().create(owned(1));
    await store().record(
      transition(starterOf(1), { checkpoints: [completed('a')], departure: RELEASE }),
    );
    const claimed = await store().claimOne();
    const before = await store().dump();

    await store().record(transition(ownerOf(claimed), { checkpoints: [failed('a')] }));

    expect((await store().dump()).checkpoints).toEqual(before.checkpoints);
  });

  it('stands beside the failed attempts before it, which are read back until they are due', async () => {
    await store().create(owned(1));
    await store().record(
      transition(starterOf(1), {
        attempts: [
          attempt('a', 1, { retryDelay: 10_000 }),
          attempt('a', 2, { retryDelay: 40_000 }),
          attempt('b', 1, { retryDelay: 0 }),
        ],
        departure: RELEASE,
      }),
    );
    await store().advance(20_000);

    const { attempts } = await store().claimOne();

    const stored = [...attempts].sort((x, y) =>
      `${x.stepId}${x.attempt}` < `${y.stepId}${y.attempt}` ? -1 : 1,
    );
    expect(stored).toEqual([
      { ...past('a', 1), dueIn: 0 },
      { ...past('a', 2), dueIn: expect.any(Number) },
      { ...past('b', 1), dueIn: 0 },
    ]);
    expect(stored[1]?.dueIn).toBeGreaterThan(15_000);
    expect(stored[1]?.dueIn).toBeLessThanOrEqual(20_000);
  });

  it('counts an attempt once, however often it is told', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { attempts: [attempt('a', 1)] }));
    const before = await store().dump();
    const again = attempt('a', 1, { errors: '["other"]', retryDelay: 9_000 });

    await store().record(transition(starterOf(1), { attempts: [again] }));

    expect((await store().dump()).attempts).toEqual(before.attempts);
  });
}

const past = (stepId: string, number: number) => {
  const { retryDelay: _retryDelay, ...rest } = attempt(stepId, number);
  return rest;
};
