import { expect, it } from '@jest/globals';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { SharedDatabase } from '../support/postgres-instances.js';
import { CAPABILITY, creating, keyOf, OTHER_WORKER, pending, WORKER } from '../support/records.js';
import { LEASE } from '../support/tested-store.js';

/** Key of the advisory lock at which commits wait. */
const BARRIER = 4_711;

/** Lets every commit that changed a task wait for the lock: its sender may die meanwhile. */
const COMMITS_WAIT = `
  CREATE FUNCTION wait_at_barrier() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(${BARRIER});
    RETURN NULL;
  END $$;
  CREATE CONSTRAINT TRIGGER commits_wait AFTER UPDATE ON workflow_task
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_at_barrier()`;

/** The rules of those whose sender is gone when the server does what it was sent. */
export function deadSenderRules(database: () => SharedDatabase): void {
  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - visible_at = ${atWrite} + ${milliseconds('$6::float8')}, claims = CASE
  //   + visible_at = 'infinity', claims = CASE
  it('F02 commits after the death of its worker, and comes back when the lease ends', async () => {
    const clock = new VirtualClock();
    const dying = await database().instance(clock);
    const heir = await database().instance(clock);
    await dying.migrate();
    await dying.journal.flush([creating(pending(1))]);
    await database().query(COMMITS_WAIT);
    const request = { limit: 10, capabilities: [CAPABILITY] };
    const barrier = database().direct.createQueryRunner();
    await barrier.query(`SELECT pg_advisory_lock(${BARRIER})`);

    const claim = dying.queue.claim({ ...request, workerId: WORKER });
    const answer = expect(claim).rejects.toThrow();
    await database().untilWaiting(1, 'advisory');
    dying.die();
    await answer;
    await barrier.query(`SELECT pg_advisory_unlock(${BARRIER})`);
    await barrier.release();

    const taken = `SELECT 1 FROM workflow_task WHERE worker_id = '${WORKER}'`;
    await database().untilRows(1, taken);
    expect(await heir.queue.claim({ ...request, workerId: OTHER_WORKER })).toEqual([]);
    await clock.advance(LEASE);
    expect(await heir.queue.claim({ ...request, workerId: OTHER_WORKER })).toMatchObject([
      { ...keyOf(1), fence: 2, claims: 2, workerId: OTHER_WORKER },
    ]);
  });
}
