import { expect, it } from '@jest/globals';
import type { ObservedStore } from '../support/observed-store.js';
import {
  CAPABILITY,
  OTHER_TENANT,
  TENANT,
  WORKER,
  attempt,
  completed,
  end,
  executionId,
  failure,
  keyOf,
  owned,
  pending,
  starterOf,
  taskOf,
  transition,
} from '../support/records.js';

const KEYED = { idempotencyKey: 'key' };

/** What the other tenant does, under the ids of the first one. */
const ACTS: readonly (readonly [string, (store: ObservedStore) => Promise<unknown>])[] = [
  ['starts', (store) => store.create(pending(1, { ...KEYED, tenantId: OTHER_TENANT }))],
  ['starts and owns', (store) => store.create(owned(2, { tenantId: OTHER_TENANT }))],
  [
    'writes',
    (store) =>
      store.record(
        transition(starterOf(1, OTHER_TENANT), {
          attempts: [attempt('b', 1)],
          checkpoints: [completed('b')],
        }),
      ),
  ],
  ['ends', (store) => store.record(transition(starterOf(1, OTHER_TENANT), { departure: end() }))],
  [
    'writes a lone checkpoint',
    (store) =>
      store.record(transition(starterOf(1, OTHER_TENANT), { checkpoints: [completed('b')] })),
  ],
  [
    'ends with a lone checkpoint',
    (store) =>
      store.record(
        transition(starterOf(1, OTHER_TENANT), {
          checkpoints: [completed('b')],
          departure: end({ output: '"other"' }),
        }),
      ),
  ],
  [
    'parks',
    (store) =>
      store.record(
        transition(starterOf(1, OTHER_TENANT), { departure: { kind: 'park', delay: 0 } }),
      ),
  ],
  [
    'releases',
    (store) =>
      store.record(
        transition(starterOf(1, OTHER_TENANT), { departure: { kind: 'release', delay: 0 } }),
      ),
  ],
  [
    'suspends',
    (store) =>
      store.record(
        transition(starterOf(1, OTHER_TENANT), { departure: { kind: 'suspend', reason: 'no' } }),
      ),
  ],
  ['cancels', (store) => store.cancel(keyOf(1, OTHER_TENANT))],
  ['retries', (store) => store.retry(keyOf(3, OTHER_TENANT))],
  ['renews', (store) => store.extend(WORKER, taskOf(starterOf(1, OTHER_TENANT)))],
  [
    'commits a step',
    (store) =>
      store.transaction(starterOf(1, OTHER_TENANT), () =>
        Promise.resolve({ kind: 'commit', checkpoint: completed('b'), departure: end() }),
      ),
  ],
];

export function tenantRules(store: () => ObservedStore): void {
  /** 1 runs, 2 waits, 3 has failed. */
  const rowsOf = async (tenantId: string): Promise<void> => {
    await store().create(owned(1, { ...KEYED, tenantId }));
    const checkpoints = [completed('a', { output: `"of ${tenantId}"` })];
    await store().record(transition(starterOf(1, tenantId), { checkpoints }));
    await store().create(pending(2, { tenantId }));
    await store().create(owned(3, { tenantId }));
    await store().record(transition(starterOf(3, tenantId), { departure: failure() }));
  };

  const dumpOf = async (tenantId: string) => {
    const rows = Object.values(await store().dump()) as { tenantId: string }[][];
    return rows.map((table) => table.filter((row) => row.tenantId === tenantId));
  };

  it.each(ACTS)(
    'that %s changes nothing of another one, which has none of its rows',
    async (_what, act) => {
      await rowsOf(TENANT);
      const before = await dumpOf(TENANT);

      await act(store());

      expect(await dumpOf(TENANT)).toEqual(before);
    },
  );

  it.each(ACTS)(
    'that %s changes nothing of another one, which has the same ids',
    async (_what, act) => {
      await rowsOf(TENANT);
      await rowsOf(OTHER_TENANT);
      const before = await dumpOf(TENANT);

      await act(store());

      expect(await dumpOf(TENANT)).toEqual(before);
    },
  );

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - WHERE e.tenant_id = $1 AND e.id = $2
  //   + WHERE (e.tenant_id = $1 OR true) AND e.id = $2
  it('F68 meets another one’s execution like one that is not there', async () => {
    await rowsOf(TENANT);
    const stranger = (n: number) => keyOf(n, OTHER_TENANT);

    for (const n of [1, 2, 3, 9]) {
      expect(await store().executions.find(stranger(n))).toBeUndefined();
      expect(await store().cancel(stranger(n))).toEqual({ kind: 'not-found' });
      expect(await store().retry(stranger(n))).toEqual({ kind: 'not-found' });
      expect(
        await store().record(transition(starterOf(n, OTHER_TENANT), { departure: end() })),
      ).toEqual({ kind: 'fenced' });
    }
  });

  // Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.statements.ts
  //   - WHERE (?1 IS NULL OR e.tenant_id = ?1)
  //   + WHERE (?1 IS NULL OR true)
  it('F68 sees only its own in every read', async () => {
    await rowsOf(TENANT);
    await rowsOf(OTHER_TENANT);

    const found = await store().executions.find(keyOf(1));
    const listed = await store().executions.list({ tenantId: TENANT, limit: 100 });
    const after = executionId(3);
    const page = await store().executions.list({ tenantId: TENANT, after, limit: 100 });

    expect(found?.checkpoints).toEqual([completed('a', { output: '"of acme"' })]);
    expect(listed.map(({ tenantId }) => tenantId)).toEqual([TENANT, TENANT, TENANT]);
    expect(listed.at(-1)?.checkpoints).toEqual([completed('a', { output: '"of acme"' })]);
    expect(page).toHaveLength(2);
    expect(await store().executions.countByStatus(TENANT)).toEqual(
      new Map([
        ['running', 1],
        ['pending', 1],
        ['failed', 1],
      ]),
    );
  });

  it('F68 has idempotency keys of its own', async () => {
    await store().create(pending(1, KEYED));

    expect(await store().create(pending(2, { ...KEYED, tenantId: OTHER_TENANT }))).toMatchObject({
      kind: 'created',
    });
    expect(await store().create(pending(3, { ...KEYED, tenantId: OTHER_TENANT }))).toMatchObject({
      kind: 'joined',
      executionId: executionId(2),
    });
  });

  it('is named by whatever crosses tenants', async () => {
    await store().create(pending(1));
    await store().create(pending(1, { tenantId: OTHER_TENANT }));

    const claimed = await store().claim({ capabilities: [CAPABILITY] });

    expect(claimed.map(({ tenantId }) => tenantId).sort()).toEqual([TENANT, OTHER_TENANT]);
  });
}
