import { expect, it } from '@jest/globals';
import type { ExecutionQuery } from '../../../libs/workflow/src/dispatch/execution-store.port.js';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  TENANT,
  completed,
  end,
  executionId,
  failure,
  keyOf,
  owned,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

const STATUSES = [
  'pending',
  'running',
  'waiting',
  'suspended',
  'completed',
  'failed',
  'cancelled',
] as const;

export function listRules(store: () => ObservedStore): void {
  /** One execution of each status, numbered in the order of the statuses. */
  const oneOfEach = async (tenantId = TENANT): Promise<void> => {
    await store().create(pending(0, { tenantId }));
    for (let n = 1; n < STATUSES.length; n += 1) await store().create(owned(n, { tenantId }));
    const departures = [
      { kind: 'park', delay: 9_000 },
      { kind: 'suspend', reason: 'somebody asked for it' },
      end(),
      failure(),
    ] as const;
    for (const [index, departure] of departures.entries()) {
      await store().record(transition(starterOf(index + 2, tenantId), { departure }));
    }
    await store().cancel(keyOf(6, tenantId));
  };

  const ids = async (query: Partial<ExecutionQuery>): Promise<string[]> => {
    const found = await store().executions.list({ tenantId: TENANT, limit: 100, ...query });
    return found.map((each) => each.executionId);
  };

  const numbered = (...numbers: readonly number[]): string[] => numbers.map(executionId);

  it('is of the newest first, whenever they were written', async () => {
    for (const n of [2, 9, 4]) await store().create(pending(n));

    expect(await ids({})).toEqual(numbered(9, 4, 2));
  });

  it('finds those of many that have ended, as looking at each one shows them', async () => {
    for (const tenantId of [TENANT, OTHER_TENANT]) await oneOfEach(tenantId);
    const asked = [...STATUSES.map((_, n) => keyOf(n)), keyOf(4, OTHER_TENANT), keyOf(99)];
    const expected = [keyOf(4), keyOf(5), keyOf(6), keyOf(4, OTHER_TENANT)];

    const found = await store().executions.findEnded(asked);
    const each = await Promise.all(expected.map((key) => store().executions.find(key)));
    const named = (snapshots: typeof found) =>
      new Map(snapshots.map((one) => [`${one.tenantId} ${one.executionId}`, one]));
    expect(named(found)).toEqual(named(each.flatMap((one) => one ?? [])));
    expect(found).toHaveLength(expected.length);
    expect(await store().executions.findEnded([])).toEqual([]);
  });

  it('shows what looking at each one shows', async () => {
    await oneOfEach();
    await store().record(transition(starterOf(1), { checkpoints: [completed('a')] }));

    const listed = await store().executions.list({ tenantId: TENANT, limit: 100 });

    expect(listed).toHaveLength(7);
    for (const each of listed) expect(await store().executions.find(each)).toEqual(each);
    expect(listed.at(-2)?.checkpoints).toEqual([completed('a')]);
  });

  it.each(STATUSES.map((status, n) => [status, n] as const))(
    'of those that are %s shows only them',
    async (status, n) => {
      await oneOfEach();
      await oneOfEach(OTHER_TENANT);

      const found = await store().executions.list({ tenantId: TENANT, status, limit: 100 });

      expect(found).toMatchObject([{ ...keyOf(n), status }]);
    },
  );

  it('of one workflow shows only its own', async () => {
    await store().create(pending(1));
    await store().create(pending(2, { workflowId: 'refund' }));
    await store().create(owned(3, { workflowId: 'refund' }));

    expect(await ids({ workflowId: 'refund' })).toEqual(numbered(3, 2));
    expect(await ids({ workflowId: 'refund', status: 'running' })).toEqual(numbered(3));
    expect(await ids({ workflowId: 'refun' })).toEqual([]);
  });

  it('of a time begins with its first moment and ends before its last', async () => {
    const times: number[] = [];
    for (const n of [1, 2, 3]) {
      const created = await store().create(n === 2 ? owned(n) : pending(n));
      times.push((created as { createdAt: number }).createdAt);
      await store().advance(10_000);
    }
    const [, second = 0, third = 0] = times;

    expect(await ids({ from: second })).toEqual(numbered(3, 2));
    expect(await ids({ from: second + 1 })).toEqual(numbered(3));
    expect(await ids({ to: second })).toEqual(numbered(1));
    expect(await ids({ from: second, to: third })).toEqual(numbered(2));
    expect(await ids({ from: second, to: third, status: 'running' })).toEqual(numbered(2));
    expect(await ids({ from: third + 1 })).toEqual([]);
  });

  it.each([
    ['all', {}],
    ['those of a task’s status', { status: 'pending' }],
    ['those of a workflow', { workflowId: 'order' }],
  ] as const)('of %s comes in pages without gaps or repetitions', async (_what, query) => {
    for (let n = 1; n <= 7; n += 1) await store().create(pending(n));
    const pages: string[][] = [];
    for (let n = 0; n < 4; n += 1) {
      pages.push(await ids({ ...query, limit: 3, after: pages.at(-1)?.at(-1) }));
      // What comes meanwhile is newer, and so on no page to come.
      await store().create(pending(20 + n));
    }

    expect(pages).toEqual([numbered(7, 6, 5), numbered(4, 3, 2), numbered(1), []]);
  });

  it('of those that have ended comes in pages', async () => {
    for (let n = 1; n <= 5; n += 1) {
      await store().create(owned(n));
      await store().record(transition(starterOf(n), { departure: end() }));
    }

    const first = await ids({ status: 'completed', limit: 2 });
    expect(first).toEqual(numbered(5, 4));
    expect(await ids({ status: 'completed', limit: 2, after: first.at(-1) })).toEqual(
      numbered(3, 2),
    );
  });

  it('of a tenant without executions is empty', async () => {
    await oneOfEach(OTHER_TENANT);

    expect(await ids({})).toEqual([]);
    expect(await store().executions.find(keyOf(1))).toBeUndefined();
  });

  it('is counted by status, for a tenant and for all', async () => {
    await oneOfEach();
    await store().create(pending(7));
    await oneOfEach(OTHER_TENANT);
    await store().claim({ workerId: OTHER_WORKER, limit: 1 });

    const mine = await store().executions.countByStatus(TENANT);
    const all = await store().executions.countByStatus(undefined);

    const total = (counts: ReadonlyMap<string, number>): number =>
      [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect(total(mine)).toBe(8);
    expect(total(all)).toBe(15);
    expect(mine.get('completed')).toBe(1);
    expect(all.get('completed')).toBe(2);
    expect((all.get('pending') ?? 0) + (all.get('running') ?? 0)).toBe(5);
    expect(await store().executions.countByStatus('nobody')).toEqual(new Map());
  });
}
