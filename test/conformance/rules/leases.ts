import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  WORKER,
  completed,
  creating,
  end,
  failure,
  keyOf,
  owned,
  ownerOf,
  pending,
  starterOf,
  taskOf,
  transition,
} from '../support/records.js';
import { LEASE } from '../support/tested-store.js';

/** Some way into a lease. */
const HALF = LEASE / 2;

export function leaseRules(store: () => ObservedStore): void {
  it.each([
    ['started', () => store().create(owned(1))],
    [
      'claimed',
      async () => {
        await store().create(pending(1));
        await store().claimOne();
      },
    ],
  ])('of what was %s keeps others away until it ends', async (_how, take) => {
    await take();

    await store().advance(HALF);
    expect(await store().claim({ workerId: OTHER_WORKER })).toEqual([]);
    await store().advance(HALF);
    expect(await store().claimOne({ workerId: OTHER_WORKER })).toMatchObject({
      ...keyOf(1),
      fence: 2,
      claims: 2,
      workerId: OTHER_WORKER,
    });
  });

  it('is as long as the queue says', async () => {
    await store().create(owned(1));
    const { tasks, executions } = await store().dump();

    const length = tasks[0].visibleAt - executions[0].createdAt;
    expect(Math.abs(length - LEASE)).toBeLessThan(5_000);
  });

  it('begins anew with every heartbeat', async () => {
    await store().create(owned(1));

    for (let beats = 1; beats <= 4; beats += 1) {
      await store().advance(HALF);
      expect(await store().extend(WORKER, taskOf(starterOf(1)))).toEqual([]);
    }

    expect(await store().claim({ workerId: OTHER_WORKER })).toEqual([]);
    await store().advance(LEASE);
    expect(await store().claim({ workerId: OTHER_WORKER })).toHaveLength(1);
  });

  it('that has ended comes back by a heartbeat that nobody was faster than', async () => {
    await store().create(owned(1));
    await store().advance(LEASE * 2);

    expect(await store().extend(WORKER, taskOf(starterOf(1)))).toEqual([]);

    expect(await store().claim({ workerId: OTHER_WORKER })).toEqual([]);
  });

  it('of all that a worker runs begins anew in one call, which tells what is lost', async () => {
    for (const n of [1, 2, 3, 4, 5]) await store().create(owned(n));
    await store().create(owned(1, { tenantId: OTHER_TENANT }));
    await store().record(transition(starterOf(2), { departure: end() }));
    await store().record(transition(starterOf(3), { departure: { kind: 'release', delay: 0 } }));
    await store().claimOne({ workerId: OTHER_WORKER });
    await store().cancel(keyOf(4));
    await store().advance(HALF);
    const held = [1, 2, 3, 4, 5, 6].map((n) => taskOf(starterOf(n)));

    const lost = await store().extend(WORKER, ...held, taskOf(starterOf(1, OTHER_TENANT)));

    expect(lost).toEqual([2, 3, 4, 6].map((n) => taskOf(starterOf(n))));
    await store().advance(HALF);
    expect(await store().claim({ workerId: WORKER })).toMatchObject([keyOf(3)]);
  });

  it('is not renewed by a worker that has it no more', async () => {
    await store().create(owned(1));
    await store().advance(LEASE);
    await store().claimOne({ workerId: OTHER_WORKER });
    const before = await store().dump();

    expect(await store().extend(WORKER, taskOf(starterOf(1)))).toEqual([taskOf(starterOf(1))]);

    expect(await store().dump()).toEqual(before);
  });

  it('is not renewed beside that of an execution of the same id of another tenant', async () => {
    await store().create(owned(1, { tenantId: OTHER_TENANT }));
    await store().advance(LEASE);
    await store().claimOne({ workerId: OTHER_WORKER });
    await store().create(owned(1));
    const visibleAt = async () =>
      (await store().dump()).tasks.find(({ tenantId }) => tenantId === OTHER_TENANT)?.visibleAt;
    const before = await visibleAt();
    await store().advance(HALF);
    const lost = taskOf(starterOf(1, OTHER_TENANT));

    expect(await store().extend(WORKER, taskOf(starterOf(1)), lost)).toEqual([lost]);

    expect(await visibleAt()).toBe(before);
  });

  it.each([
    ['tenant with an execution of the same id', [keyOf(1), keyOf(1, OTHER_TENANT)]],
    ['execution', [keyOf(1), keyOf(2)]],
  ] as const)('is not renewed by the fence of another %s', async (_whose, [first, second]) => {
    await store().create(owned(1, first));
    await store().create(owned(1, second));
    await store().advance(LEASE);
    const [again] = await store().claim({ limit: 1 });
    const other = again?.tenantId === first.tenantId && again.executionId === first.executionId;
    const [raised, kept] = other ? [first, second] : [second, first];
    const mistaken = [
      { ...raised, fence: 1 },
      { ...kept, fence: 2 },
    ];
    const before = await store().dump();

    expect(await store().extend(WORKER, ...mistaken)).toEqual(mistaken);

    expect(await store().dump()).toEqual(before);
  });

  it('is not renewed by a worker that never had it', async () => {
    await store().create(owned(1));
    const before = await store().dump();
    const guessed = taskOf(starterOf(1));

    expect(await store().extend(OTHER_WORKER, guessed)).toEqual([guessed]);
    expect(await store().dump()).toEqual(before);
  });

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - JOIN ${task} t USING (tenant_id, execution_id, fence) WHERE ${named(
  //   + JOIN ${task} t USING (tenant_id, execution_id) WHERE ${named(
  it('F06 is told apart from an earlier one of the same worker', async () => {
    await store().create(owned(1));
    await store().advance(LEASE);
    const again = await store().claimOne();
    const before = await store().dump();

    expect(await store().extend(WORKER, taskOf(starterOf(1)))).toEqual([taskOf(starterOf(1))]);
    expect(await store().dump()).toEqual(before);
    expect(await store().extend(WORKER, taskOf(starterOf(1)), taskOf(again))).toEqual([
      taskOf(starterOf(1)),
    ]);
  });

  it('of nothing needs no heartbeat', async () => {
    expect(await store().extend(WORKER)).toEqual([]);
  });

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.journal.statements.ts
  //   - AND k.fence = h.fence AND k.run = h.run AND k.worker_id = h.worker_id
  //   + AND k.run = h.run
  it.each([
    ['writes', undefined],
    ['ends', end()],
    ['parks', { kind: 'park', delay: 0 }],
    ['releases', { kind: 'release', delay: 0 }],
  ] as const)('F05 that has passed on fences the owner who %s', async (_what, departure) => {
    await store().create(owned(1));
    await store().advance(LEASE);
    const next = await store().claimOne({ workerId: OTHER_WORKER });
    const before = await store().dump();

    const late = { checkpoints: [completed('a', { output: '"late"' })], departure };
    expect(await store().record(transition(starterOf(1), late))).toEqual({ kind: 'fenced' });
    expect(await store().dump()).toEqual(before);
    expect(
      await store().record(transition(ownerOf(next), { checkpoints: [completed('a')] })),
    ).toMatchObject({ kind: 'applied' });
  });

  it('that has ended lets its owner write until somebody takes over', async () => {
    await store().create(owned(1));
    await store().advance(LEASE * 3);

    expect(await store().record(transition(starterOf(1), { departure: end() }))).toMatchObject({
      kind: 'applied',
    });
  });

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - visible_at = ${atWrite} + ${milliseconds('$6::float8')}, claims = CASE
  //   + visible_at = 'infinity', claims = CASE
  it('F04 that nobody knows of, because the answer of the claim was lost, ends like any other', async () => {
    await store().create(pending(1));
    await store().claim();
    await store().advance(LEASE);

    expect(await store().claimOne()).toMatchObject({ fence: 2, claims: 2 });
  });

  it('counts the owners that died, and forgets them when one gives the execution back', async () => {
    await store().create(owned(1));
    for (const claims of [2, 3]) {
      await store().advance(LEASE);
      expect(await store().claimOne()).toMatchObject({ claims });
    }

    const owner = { ...starterOf(1), fence: 3 };
    await store().record(transition(owner, { departure: { kind: 'release', delay: 0 } }));

    expect(await store().claimOne()).toMatchObject({ claims: 3 });
    await store().record(
      transition({ ...owner, fence: 5 }, { departure: { kind: 'park', delay: 0 } }),
    );
    expect(await store().claimOne()).toMatchObject({ claims: 1 });
  });

  it('does not count an owner that wrote a checkpoint before it died', async () => {
    await store().create(owned(1));
    await store().advance(LEASE);
    const second = await store().claimOne();
    await store().record(transition(ownerOf(second), { checkpoints: [completed('a')] }));
    await store().advance(LEASE);

    const third = await store().claimOne();
    await store().advance(LEASE);

    expect([second.claims, third.claims]).toEqual([2, 1]);
    expect(await store().claimOne()).toMatchObject({ fence: 4, claims: 2 });
  });

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.task-queue.ts
  //   - return Promise.resolve(0);
  //   + return this.connection.read(async (query) => {
  //   + const freed = await query('UPDATE workflow_task SET worker_id = NULL, visible_at = now() RETURNING 1', []);
  //   + return freed.length;
  //   + });
  it('F15 does not end at the boot of a worker: another one may hold it', async () => {
    await store().create(owned(1));
    const before = await store().dump();

    expect(await store().recover()).toBe(0);
    expect(await store().dump()).toEqual(before);
  });

  it('says nothing of definitions: what one worker cannot run may be another one’s', async () => {
    await store().create(pending(1));

    expect(await store().matchCapabilities('refund@1')).toEqual({ suspended: 0, resumed: 0 });
    expect(await store().claim()).toHaveLength(1);
  });

  it('F61 that has ended makes one of ten workers the next owner', async () => {
    await store().flush(...Array.from({ length: 20 }, (_, n) => creating(owned(n))));
    await store().advance(LEASE);
    const workers = Array.from({ length: 10 }, (_, n) => `${OTHER_WORKER.slice(0, -1)}${n}`);

    const claimed = await Promise.all(
      workers.map((workerId) => store().claim({ workerId, limit: 5 })),
    );

    const names = claimed.flat().map((each) => `${each.executionId} ${each.fence}`);
    expect(new Set(names).size).toBe(names.length);
    expect(claimed.flat().every(({ fence }) => fence === 2)).toBe(true);
  });

  it('of an execution that is retried begins with its next claim', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { departure: failure() }));
    await store().retry(keyOf(1));
    await store().claimOne();

    await store().advance(HALF);
    expect(await store().claim({ workerId: OTHER_WORKER })).toEqual([]);
    await store().advance(HALF);
    expect(await store().claim({ workerId: OTHER_WORKER })).toHaveLength(1);
  });
}
