import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  completed,
  creating,
  owned,
  ownerOf,
  recording,
  starterOf,
} from './support/records.js';
import {
  postgresHost,
  sqliteHost,
  type CommitFate,
  type SqlStore,
  type SqlStoreHost,
} from './support/sql-host.js';

describe.each([
  ['PostgreSQL', postgresHost],
  ['SQLite', sqliteHost],
])('%s, when the answer to COMMIT is lost', (name, start) => {
  let host: SqlStoreHost;
  let store: SqlStore;
  beforeAll(async () => {
    host = await start();
  }, 60_000);
  afterAll(() => host.close(), 60_000);
  beforeEach(async () => {
    store = await host.open();
  });

  const step = (fate: CommitFate, meanwhile?: () => Promise<unknown>) =>
    store.unanswered(fate, meanwhile).run(starterOf(1), async (manager) => {
      await store.write(manager, 'effect');
      return { kind: 'commit', checkpoint: completed('a') };
    });

  it('finds that a transactional step has been committed', async () => {
    await store.journal.flush([creating(owned(1))]);

    expect(await step('committed')).toMatchObject({ kind: 'committed' });
    expect(await store.effects()).toEqual(['effect']);
  });

  it('finds that a transactional step has been rolled back, whatever else is written', async () => {
    await store.journal.flush([
      ...[1, 2].map((n) => creating(owned(n))),
      creating(owned(1, { tenantId: OTHER_TENANT })),
      recording(starterOf(1), { checkpoints: [completed('b')] }),
      recording(starterOf(2), { checkpoints: [completed('a')] }),
      recording(starterOf(1, OTHER_TENANT), { checkpoints: [completed('a')] }),
    ]);

    await expect(step('rolled back')).rejects.toThrow('The answer to COMMIT was lost.');
    expect(await store.effects()).toEqual([]);
  });

  // The one process of a SQLite file has one connection, which the step still holds.
  if (name === 'PostgreSQL') {
    it('takes the word of the next owner for no word of its own', async () => {
      await store.journal.flush([creating(owned(1))]);
      const capabilities = [owned(1).capability];
      const meanwhile = async (): Promise<void> => {
        await store.journal.flush([
          recording(starterOf(1), { departure: { kind: 'release', delay: 0 } }),
        ]);
        const [next] = await store.queue.claim({ workerId: OTHER_WORKER, limit: 1, capabilities });
        const checkpoints = [completed('a', { output: '"other"' })];
        if (next) await store.journal.flush([recording(ownerOf(next), { checkpoints })]);
      };

      await expect(step('rolled back', meanwhile)).rejects.toThrow('The answer to COMMIT was lost');
      expect((await store.dump()).checkpoints).toMatchObject([{ stepId: 'a', output: '"other"' }]);
    });
  }
});
