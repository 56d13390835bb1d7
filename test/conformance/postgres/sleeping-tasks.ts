import type { DataSource } from 'typeorm';
import { CAPABILITY } from '../support/records.js';

const SLEEPING = 100_000;
const DUE = 5;
const ENDED = 20_000;

/** One of ten tenants, with a tenth of everything; it has checkpoints too. */
export const SLEEPER = 'tenant-3';

const TENANT_OF = `'tenant-' || n % 10`;
const ID_OF = `('0199bbbb-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

/** A hundred thousand executions that wait for tomorrow, a few that are due, and some that have ended. */
export async function fillWithSleepingTasks(dataSource: DataSource): Promise<void> {
  const tasks = SLEEPING + DUE;
  await dataSource.transaction(async (manager) => {
    // Without the checks of foreign keys, which would take most of the time.
    await manager.query('SET LOCAL session_replication_role = replica');
    await manager.query(`
      INSERT INTO workflow_execution (tenant_id, id, workflow_id, workflow_version, definition_hash,
        capability, status, run, fence, input_hash, input, context, created_at)
      SELECT ${TENANT_OF}, ${ID_OF}, CASE WHEN n % 101 = 0 THEN 'rare' ELSE 'order' END, '1.0.0', 'h',
        '${CAPABILITY}', CASE WHEN n <= ${tasks} THEN 'pending' ELSE 'completed' END, 1, 1, 'h', '{}',
        '{}', now() + n * interval '1 ms'
      FROM generate_series(1, ${tasks + ENDED}) n`);
    await manager.query(`
      INSERT INTO workflow_task (tenant_id, execution_id, queue, priority, visible_at, status, fence,
        claims, run, capability)
      SELECT ${TENANT_OF}, ${ID_OF}, 'default', 0,
        now() + CASE WHEN n <= ${DUE} THEN -1 ELSE 1 END * interval '1 day', 'waiting', 1, 0, 1,
        '${CAPABILITY}'
      FROM generate_series(1, ${tasks}) n`);
    await manager.query(`
      INSERT INTO workflow_step (tenant_id, execution_id, step_id, run, fence, status, attempts,
        finished_at)
      SELECT tenant_id, execution_id, 'a', 1, 1, 'completed', 1, now()
      FROM workflow_task WHERE tenant_id = '${SLEEPER}'`);
  });
  await dataSource.query('ANALYZE');
}
