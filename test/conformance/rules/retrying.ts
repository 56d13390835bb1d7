import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  attempt,
  completed,
  end,
  executionId,
  failed,
  failure,
  keyOf,
  owned,
  ownerOf,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

export function retryRules(store: () => ObservedStore): void {
  const fail = async (n: number): Promise<void> => {
    await store().create(owned(n));
    await store().record(
      transition(starterOf(n), {
        attempts: [attempt('b', 1)],
        checkpoints: [completed('a'), failed('b')],
        departure: failure(),
      }),
    );
  };

  it('makes a failed execution due again, as another run without a result', async () => {
    await fail(1);

    expect(await store().retry(keyOf(1))).toEqual({ kind: 'retried', run: 2 });

    const snapshot = await store().executions.find(keyOf(1));
    expect(snapshot).toMatchObject({ status: 'pending', run: 2, degraded: false });
    for (const gone of ['output', 'errors', 'statusCode', 'message', 'finishedAt'] as const) {
      expect(snapshot?.[gone]).toBeUndefined();
    }
    expect((await store().dump()).tasks).toMatchObject([{ claims: 0, run: 2, fence: 2 }]);
  });

  it('keeps what completed, and forgets what failed and its attempts', async () => {
    await fail(1);
    await store().retry(keyOf(1));

    const snapshot = await store().executions.find(keyOf(1));
    const claimed = await store().claimOne();

    expect(snapshot?.checkpoints).toEqual([completed('a')]);
    expect(claimed).toMatchObject({ run: 2, fence: 3, claims: 1 });
    expect(claimed.checkpoints).toEqual([completed('a')]);
    expect(claimed.attempts).toEqual([]);
  });

  it('lets the step that failed be recorded anew', async () => {
    await fail(1);
    await store().retry(keyOf(1));
    const claimed = await store().claimOne();

    await store().record(
      transition(ownerOf(claimed), {
        attempts: [attempt('b', 1, { errors: '["again"]' })],
        checkpoints: [completed('b')],
        departure: end(),
      }),
    );

    const snapshot = await store().executions.find(keyOf(1));
    expect(snapshot?.status).toBe('completed');
    const steps = snapshot?.checkpoints.map(({ stepId, status }) => `${stepId} ${status}`);
    expect(steps?.sort()).toEqual(['a completed', 'b completed']);
    expect((await store().dump()).attempts).toMatchObject([{ run: 1 }, { run: 2 }]);
  });

  it.each([
    ['pending', () => store().create(pending(1))],
    ['running', () => store().create(owned(1))],
    [
      'waiting',
      async () => {
        await store().create(owned(1));
        const departure = { kind: 'park', delay: 9_000 } as const;
        await store().record(transition(starterOf(1), { departure }));
      },
    ],
    [
      'completed',
      async () => {
        await store().create(owned(1));
        await store().record(transition(starterOf(1), { departure: end() }));
      },
    ],
    [
      'cancelled',
      async () => {
        await store().create(owned(1));
        await store().cancel(keyOf(1));
      },
    ],
  ])('leaves what is %s as it is', async (status, prepare) => {
    await prepare();
    const before = await store().dump();

    expect(await store().retry(keyOf(1))).toEqual({ kind: 'not-failed', status });
    expect(await store().dump()).toEqual(before);
  });

  it('finds nothing under an id that is not there', async () => {
    await fail(1);

    expect(await store().retry(keyOf(2))).toEqual({ kind: 'not-found' });
    expect(await store().retry(keyOf(1, OTHER_TENANT))).toEqual({ kind: 'not-found' });
  });

  it('F64 begins one run, however many order it', async () => {
    await fail(1);

    const outcomes = await Promise.all(Array.from({ length: 8 }, () => store().retry(keyOf(1))));

    expect(outcomes.filter(({ kind }) => kind === 'retried')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'not-failed')).toHaveLength(7);
    expect((await store().dump()).tasks).toMatchObject([{ run: 2 }]);
  });

  it('F64 or a cancellation: the new run is cancelled, or was not to be', async () => {
    await fail(1);

    const [retried, cancelled] = await Promise.all([
      store().retry(keyOf(1)),
      store().cancel(keyOf(1)),
    ]);

    expect(retried).toEqual({ kind: 'retried', run: 2 });
    const found = await store().executions.find(keyOf(1));
    expect(found?.status).toBe(cancelled.kind === 'cancelled' ? 'cancelled' : 'pending');
  });

  it('keeps the idempotency key: a start joins the new run', async () => {
    await store().create(owned(1, { idempotencyKey: 'key' }));
    await store().record(transition(starterOf(1), { departure: failure() }));
    await store().retry(keyOf(1));

    expect(await store().create(pending(2, { idempotencyKey: 'key' }))).toMatchObject({
      kind: 'joined',
      executionId: executionId(1),
    });
  });
}
