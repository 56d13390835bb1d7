import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  CAPABILITY,
  OTHER_TENANT,
  OTHER_WORKER,
  WORKER,
  attempt,
  completed,
  creating,
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

export function claimRules(store: () => ObservedStore): void {
  it('hands over everything that is written of the execution', async () => {
    await store().create(pending(1, { userId: 'ann' }));

    const { createdAt, ...claimed } = await store().claimOne({ workerId: OTHER_WORKER });

    expect(claimed).toEqual({
      ...keyOf(1),
      workflowId: 'order',
      workflowVersion: '1.0.0',
      capability: CAPABILITY,
      run: 1,
      fence: 1,
      claims: 1,
      workerId: OTHER_WORKER,
      input: '{"n":1}',
      context: '{"tenantSlug":"acme"}',
      checkpoints: [],
      attempts: [],
    });
    expect(createdAt).toBe((await store().dump()).executions[0]?.createdAt);
  });

  it('gives each execution what belongs to it, also of two tenants with the same id', async () => {
    await store().create(owned(1));
    await store().create(owned(2));
    await store().create(owned(1, { tenantId: OTHER_TENANT }));
    const saying = (word: string) => ({
      checkpoints: [completed(`${word} step`)],
      attempts: [attempt(`${word} attempt`, 1)],
      departure: { kind: 'release', delay: 0 } as const,
    });
    await store().record(transition(starterOf(1), saying('my')));
    await store().record(transition(starterOf(2), saying('my other')));
    await store().record(transition(starterOf(1, OTHER_TENANT), saying('their')));

    const claimed = await store().claim();

    const said = claimed.map((each) => [`${each.tenantId} ${each.executionId}`, each] as const);
    const steps = said.map(([name, { checkpoints, attempts }]) => [
      name,
      [...checkpoints, ...attempts].map(({ stepId }) => stepId),
    ]);
    expect(Object.fromEntries(steps)).toEqual({
      [`acme ${executionId(1)}`]: ['my step', 'my attempt'],
      [`acme ${executionId(2)}`]: ['my other step', 'my other attempt'],
      [`globex ${executionId(1)}`]: ['their step', 'their attempt'],
    });
  });

  it('finds nothing in an empty store', async () => {
    expect(await store().claim()).toEqual([]);
  });

  it('leaves what is not due yet', async () => {
    await store().create(pending(1));
    await store().create(owned(2));
    await store().record(transition(starterOf(2), { departure: { kind: 'park', delay: 9_000 } }));

    expect(await store().claimOne()).toMatchObject(keyOf(1));
    expect(await store().claim()).toEqual([]);
  });

  it('takes no more than its limit, and first what has been due the longest', async () => {
    const order = [4, 1, 3, 5, 2];
    for (const n of order) {
      await store().create(pending(n));
      await store().advance(1_000);
    }

    const taken: string[][] = [];
    for (const limit of [2, 1, 10]) {
      const claimed = await store().claim({ limit });
      taken.push(claimed.map((each) => each.executionId).sort());
    }

    expect(taken).toEqual([
      [executionId(1), executionId(4)],
      [executionId(3)],
      [executionId(2), executionId(5)],
    ]);
  });

  it('orders by the time something became due, not by the time it was made', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { departure: { kind: 'park', delay: 5_000 } }));
    await store().advance(2_000);
    await store().create(pending(2));
    await store().advance(60_000);
    await store().create(pending(3));

    expect(await store().claim({ limit: 1 })).toMatchObject([keyOf(2)]);
    expect(await store().claim({ limit: 1 })).toMatchObject([keyOf(1)]);
    expect(await store().claim({ limit: 1 })).toMatchObject([keyOf(3)]);
  });

  it('takes only what the worker can run, also when that has waited less', async () => {
    await store().create(pending(1, { capability: 'refund@1' }));
    await store().advance(1_000);
    await store().create(pending(2));
    await store().create(pending(3, { capability: `${CAPABILITY}0` }));

    expect(await store().claim({ limit: 1 })).toMatchObject([keyOf(2)]);
    expect(await store().claim()).toEqual([]);
    expect(await store().claim({ capabilities: [] })).toEqual([]);
    expect(await store().claim({ capabilities: ['other', 'refund@1'] })).toMatchObject([keyOf(1)]);
  });

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - WITH due AS MATERIALIZED (${due} FOR UPDATE SKIP LOCKED)
  //   + WITH due AS MATERIALIZED (${due})
  it('F61 makes one of ten workers the owner of an execution', async () => {
    await store().flush(...Array.from({ length: 60 }, (_, n) => creating(pending(n))));
    const workers = Array.from({ length: 10 }, (_, n) => `${WORKER.slice(0, -1)}${n}`);

    const taken = await Promise.all(
      workers.map(async (workerId) => {
        const owners: { name: string; workerId: string }[] = [];
        for (let looks = 0; looks < 60; looks += 1) {
          const claimed = await store().claim({ workerId, limit: 3 });
          if (claimed.length === 0) break;
          for (const each of claimed) {
            owners.push({ name: `${each.executionId} ${each.fence}`, workerId: each.workerId });
          }
        }
        return owners;
      }),
    );

    const owners = taken.flat();
    expect(new Set(owners.map(({ name }) => name)).size).toBe(owners.length);
    expect(owners).toHaveLength(60);
    const { tasks } = await store().dump();
    expect(
      new Map(tasks.map((task) => [`${task.executionId} ${task.fence}`, task.workerId])),
    ).toEqual(new Map(owners.map(({ name, workerId }) => [name, workerId])));
  });

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - WITH due AS MATERIALIZED (${due} FOR UPDATE SKIP LOCKED)
  //   + WITH due AS MATERIALIZED (${due})
  it('F62 hands an execution over once to a worker that was told ten times of it', async () => {
    const owners: string[] = [];
    // Again and again: on a busy machine the looks may follow each other by chance.
    for (let first = 0; first < 200; first += 20) {
      await store().flush(...Array.from({ length: 20 }, (_, n) => creating(pending(first + n))));
      const told = Array.from({ length: 10 }, () => store().claim({ limit: 20 }));
      for (const each of (await Promise.all(told)).flat()) {
        owners.push(`${each.executionId} ${each.fence} ${each.claims}`);
      }
    }

    const expected = Array.from({ length: 200 }, (_, n) => `${executionId(n)} 1 1`);
    expect(owners.sort()).toEqual(expected.sort());
  });

  it('hands over what completed in earlier runs, and what failed in none', async () => {
    await store().create(owned(1));
    const checkpoints = [completed('a'), failed('b')];
    await store().record(transition(starterOf(1), { checkpoints, departure: failure() }));
    await store().retry(keyOf(1));
    const second = await store().claimOne();
    expect(second).toMatchObject({ run: 2, checkpoints: [completed('a')] });
    await store().record(
      transition(ownerOf(second), { checkpoints: [completed('b')], departure: failure() }),
    );
    await store().retry(keyOf(1));

    const third = await store().claimOne();

    expect(third.run).toBe(3);
    const steps = third.checkpoints.map(({ stepId, status }) => `${stepId} ${status}`);
    expect(steps.sort()).toEqual(['a completed', 'b completed']);
  });
}
