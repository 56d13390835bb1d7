import { expect, it } from '@jest/globals';
import type { Query } from '../../../libs/workflow/src/persistence/store-connection.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { SharedDatabase } from '../support/postgres-instances.js';
import { creating, executionId, pending } from '../support/records.js';

const KEYED = { idempotencyKey: 'key' };

/** The rules of keys that somebody takes away between the insert that runs into one and its look. */
export function takenKeyRules(database: () => SharedDatabase): void {
  const createWhile = async (meanwhile: () => Promise<unknown>) => {
    const { connection, journal, migrate } = await database().instance(new VirtualClock());
    await migrate();
    await journal.flush([creating(pending(1, KEYED))]);
    return connection.read((query) => {
      let statements = 0;
      const interrupted: Query = async (sql, parameters) => {
        if ((statements += 1) === 2) await meanwhile();
        return query(sql, parameters);
      };
      return journal.createWithin(interrupted, pending(2, KEYED));
    });
  };
  const take = () => database().query('UPDATE workflow_execution SET idempotency_key = NULL');

  it('is free for the start that ran into it', async () => {
    expect(await createWhile(take)).toMatchObject({ kind: 'created' });
  });

  it('is joined when another start was faster', async () => {
    const { journal } = await database().instance(new VirtualClock());
    const faster = async (): Promise<void> => {
      await take();
      await journal.flush([creating(pending(3, KEYED))]);
    };

    expect(await createWhile(faster)).toEqual({
      kind: 'joined',
      executionId: executionId(3),
      inputHash: 'hash-of-3',
    });
  });
}
