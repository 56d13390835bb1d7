import type { DataSource } from 'typeorm';
import { CAPABILITY } from '../support/records.js';

const ENDED = 5_000_000;
const TENANTS = 10;
const SLEEPING = 100_000;
const DUE = 5;

/** The one whose executions the tests look for; it has a tenth of everything. */
export const VETERAN = 'tenant-3';

/** Of every thousand executions one has failed. */
const RATIO_OF_FAILED = 1_000;

/** The `n`-th execution; ids order by time. */
const ID_OF = `('0199bbbb-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;

export const idOf = (n: number): string =>
  `0199bbbb-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

/** One that has ended long ago, and one that has failed. */
export const LONG_AGO = idOf(1_500_001);
export const LONG_FAILED = idOf(1_501_000);

/** Five million executions that have ended, a hundred thousand that sleep, and a few that are due. */
export async function fillWithLongHistory(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  const query = (sql: string): Promise<unknown> => runner.query(sql);
  try {
    // Without checks of foreign keys, without a log to recover from, and without an index but the key
    // until all rows are there: what is asked of them afterwards is the same.
    await query('SET session_replication_role = replica');
    await query(`SET maintenance_work_mem = '256MB'`);
    for (const table of ['attempt', 'step', 'task', 'execution'])
      await query(`ALTER TABLE workflow_${table} SET UNLOGGED`);
    const indexes = (await query(`
      SELECT indexname AS name, indexdef AS definition FROM pg_indexes
      WHERE tablename = 'workflow_execution' AND indexname NOT LIKE '%pkey'`)) as {
      name: string;
      definition: string;
    }[];
    for (const { name } of indexes) await query(`DROP INDEX ${name}`);
    await query(executions(ENDED));
    await query(tasks());
    await query(checkpoints());
    for (const { definition } of indexes) await query(definition);
    await query('VACUUM ANALYZE');
  } finally {
    await runner.release();
  }
}

const executions = (count: number): string => `
  INSERT INTO workflow_execution (tenant_id, id, workflow_id, workflow_version, definition_hash,
    capability, status, run, fence, input_hash, input, context, created_at, finished_at)
  SELECT 'tenant-' || tenant, ${ID_OF}, 'order', '1.0.0', 'h', '${CAPABILITY}',
    CASE WHEN n % ${RATIO_OF_FAILED} = 0 THEN 'failed' ELSE 'completed' END, 1, 1, 'h', '{}', '{}',
    now() - ${count - 1} * interval '1 s' + n * interval '1 s', now()
  FROM generate_series(0, ${TENANTS - 1}) tenant,
    generate_series(tenant * ${count / TENANTS} + 1, (tenant + 1) * ${count / TENANTS}) n`;

const tasks = (): string => `
  WITH sleeping AS (
    INSERT INTO workflow_execution (tenant_id, id, workflow_id, workflow_version, definition_hash,
      capability, status, run, fence, input_hash, input, context, created_at)
    SELECT 'tenant-' || n % ${TENANTS}, ${ID_OF}, 'order', '1.0.0', 'h', '${CAPABILITY}', 'pending',
      1, 1, 'h', '{}', '{}', now()
    FROM generate_series(${ENDED + 1}, ${ENDED + SLEEPING + DUE}) n
    RETURNING tenant_id, id)
  INSERT INTO workflow_task (tenant_id, execution_id, queue, priority, visible_at, status, fence,
    claims, run, capability)
  SELECT tenant_id, id, 'default', 0,
    now() + CASE WHEN row_number() OVER (ORDER BY id) <= ${DUE} THEN -1 ELSE 1 END * interval '1 day',
    'waiting', 1, 0, 1, '${CAPABILITY}'
  FROM sleeping`;

/** Of a part of the executions of one tenant: all of them would not find room. */
const checkpoints = (): string => `
  INSERT INTO workflow_step (tenant_id, execution_id, step_id, run, fence, status, attempts, finished_at)
  SELECT '${VETERAN}', ${ID_OF}, step, 1, 1, 'completed', 1, now()
  FROM generate_series(1500001, 1600000) n, unnest(ARRAY['a', 'b', 'c', 'd']) step`;
