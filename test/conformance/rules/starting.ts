import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  CAPABILITY,
  OTHER_TENANT,
  OTHER_WORKER,
  TENANT,
  WORKER,
  completed,
  end,
  executionId,
  keyOf,
  owned,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

const KEYED = { idempotencyKey: 'key' };

export function startRules(store: () => ObservedStore): void {
  it('makes an execution that waits, due at once', async () => {
    const outcome = await store().create(pending(1, { ...KEYED, userId: 'ann' }));

    expect(outcome).toEqual({ kind: 'created', fence: 0, createdAt: expect.any(Number) });
    const { executions, tasks } = await store().dump();
    expect(executions).toEqual([
      {
        tenantId: TENANT,
        id: executionId(1),
        workflowId: 'order',
        workflowVersion: '1.0.0',
        definitionHash: '0123456789abcdef',
        capability: CAPABILITY,
        status: 'pending',
        run: 1,
        fence: 0,
        userId: 'ann',
        idempotencyKey: 'key',
        inputHash: 'hash-of-1',
        input: '{"n":1}',
        context: '{"tenantSlug":"acme"}',
        degraded: false,
        createdAt: (outcome as { createdAt: number }).createdAt,
      },
    ]);
    expect(tasks).toEqual([
      {
        ...keyOf(1),
        capability: CAPABILITY,
        status: 'pending',
        priority: 0,
        visibleAt: expect.any(Number),
        fence: 0,
        claims: 0,
        run: 1,
      },
    ]);
    expect(await store().claim()).toHaveLength(1);
  });

  it('makes an execution that belongs to its starter, which nobody else can claim', async () => {
    const outcome = await store().create(owned(1));

    expect(outcome).toMatchObject({ kind: 'created', fence: 1 });
    const { tasks } = await store().dump();
    expect(tasks).toMatchObject([{ status: 'running', fence: 1, claims: 1, workerId: WORKER }]);
    expect(await store().claim({ workerId: OTHER_WORKER })).toEqual([]);
    expect(await store().record(transition(starterOf(1), { departure: end() }))).toMatchObject({
      kind: 'applied',
    });
  });

  it("is dated by the store's clock", async () => {
    const before = store().now;
    const first = await store().create(pending(1));
    await store().advance(3_600_000);
    const second = await store().create(pending(2));

    const times = [first, second].map((outcome) => (outcome as { createdAt: number }).createdAt);
    expect(times[0]).toBeGreaterThanOrEqual(before - 1);
    expect(times[1] - times[0]).toBeGreaterThanOrEqual(3_600_000);
    expect(times[1] - times[0]).toBeLessThan(3_700_000);
  });

  it.each([
    ['waits', pending(1, KEYED)],
    ['is owned', owned(1, KEYED)],
  ])(
    'is recognised when it is repeated, because its answer was lost, while it %s',
    async (...[, execution]) => {
      const first = await store().create(execution);
      const before = await store().dump();
      await store().advance(1_000);

      expect(await store().create(execution)).toEqual(first);
      expect(await store().dump()).toEqual(before);
    },
  );

  it('is recognised when it is repeated after somebody else has taken the execution', async () => {
    const first = await store().create(pending(1));
    await store().claimOne({ workerId: OTHER_WORKER });
    const before = await store().dump();

    expect(await store().create(pending(1))).toEqual(first);
    expect(await store().dump()).toEqual(before);
  });

  it('is recognised when it is repeated after the execution has ended', async () => {
    const first = await store().create(owned(1));
    await store().record(transition(starterOf(1), { departure: end() }));
    const before = await store().dump();

    expect(await store().create(owned(1))).toEqual(first);
    expect(await store().dump()).toEqual(before);
  });

  it('joins the execution that has its idempotency key, and writes nothing', async () => {
    await store().create(pending(1, KEYED));
    const before = await store().dump();

    const outcome = await store().create(owned(2, { ...KEYED, inputHash: 'another' }));

    expect(outcome).toEqual({
      kind: 'joined',
      executionId: executionId(1),
      inputHash: 'hash-of-1',
    });
    expect(await store().dump()).toEqual(before);
  });

  it('joins an execution that has ended', async () => {
    await store().create(owned(1, KEYED));
    const checkpoints = [completed('only')];
    await store().record(transition(starterOf(1), { checkpoints, departure: end() }));

    expect(await store().create(pending(2, KEYED))).toMatchObject({
      kind: 'joined',
      executionId: executionId(1),
    });
  });

  it.each([
    ['of another workflow', pending(2, { ...KEYED, workflowId: 'refund' })],
    ['of another tenant', pending(2, { ...KEYED, tenantId: OTHER_TENANT })],
    ['with another key', pending(2, { idempotencyKey: 'Key' })],
    ['without a key', pending(2)],
  ])('does not join an execution %s', async (...[, execution]) => {
    await store().create(pending(1, KEYED));

    expect(await store().create(execution)).toMatchObject({ kind: 'created' });
    expect((await store().dump()).tasks).toHaveLength(2);
  });

  it('without a key joins nothing that has none', async () => {
    await store().create(pending(1));

    expect(await store().create(pending(2))).toMatchObject({ kind: 'created' });
  });

  it('F60 makes one execution with one input of 100 parallel ones with one key', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        store().create(pending(index, { ...KEYED, inputHash: `hash-${index % 2}` })),
      ),
    );

    const { executions, tasks } = await store().dump();
    expect(executions).toHaveLength(1);
    expect(tasks).toHaveLength(1);
    const [{ id, inputHash } = { id: '', inputHash: '' }] = executions;
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1);
    const joined = outcomes.filter(({ kind }) => kind === 'joined');
    expect(joined).toEqual(
      Array.from({ length: 99 }, () => ({ kind: 'joined', executionId: id, inputHash })),
    );
  });
}
