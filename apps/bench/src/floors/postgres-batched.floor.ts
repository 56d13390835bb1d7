import type pg from 'pg';
import type { PostgresDatabase } from '../databases/database.js';
import { inCohorts } from './cohorts.js';
import { floorClient } from './floor-client.js';
import type { Floor } from './floor.js';
import * as row from './floor-rows.js';
import type { FloorExecution } from './floor-rows.js';
import { Lanes } from './lanes.js';

/** Flushes on their way at a time, each on a connection of its own. */
const FLUSHES = 2;

const CREATE = `
  WITH n AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::text[], $8::text[], $9::text[])
      AS n (tenant_id, id, workflow_id, workflow_version, definition_hash, capability, input_hash,
        input, context)),
  created AS (
    INSERT INTO workflow_execution (tenant_id, id, workflow_id, workflow_version, definition_hash,
      capability, input_hash, input, context, status, run, fence, created_at)
    SELECT tenant_id, id, workflow_id, workflow_version, definition_hash, capability, input_hash,
      input, context, 'pending', 1, 0, clock_timestamp()
    FROM n
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, id, capability)
  INSERT INTO workflow_task (tenant_id, execution_id, capability, worker_id, queue, priority,
    visible_at, status, fence, claims, run)
  SELECT tenant_id, id, capability, $10::uuid, 'default', 0,
    clock_timestamp() + $11::float8 * interval '1 ms', 'running', 1, 1, 1
  FROM created
  RETURNING execution_id`;

const BATCH = `
  n AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::int[], $5::uuid[], $6::text[],
      $7::text[], $8::text[], $9::float8[], $10::float8[])
      AS n (tenant_id, execution_id, fence, run, worker_id, step_id, output, usage, started_at,
        finished_at))`;

const STEP_COLUMNS = `tenant_id, execution_id, fence, run, step_id, status, attempts, output, usage,
  started_at, finished_at`;

const STEP_VALUES = `tenant_id, execution_id, fence, run, step_id, 'completed', 1, output, usage,
  to_timestamp(started_at / 1000.0), to_timestamp(finished_at / 1000.0)`;

// A look-up for each row, and no join: the table is all but empty whenever it is vacuumed, and what is
// planned for an empty table reads all of its index, dead entries too.
const held = (lock: 'NO KEY UPDATE' | 'UPDATE'): string => `
  held AS MATERIALIZED (
    SELECT n.*
    FROM (SELECT * FROM n ORDER BY tenant_id, execution_id) n CROSS JOIN LATERAL (
      SELECT FROM workflow_task t
      WHERE t.tenant_id = n.tenant_id AND t.execution_id = n.execution_id AND t.fence = n.fence
        AND t.run = n.run AND t.worker_id = n.worker_id
      FOR ${lock} OF t) t)`;

const CHECKPOINT = `
  WITH ${BATCH}, ${held('NO KEY UPDATE')}
  INSERT INTO workflow_step (${STEP_COLUMNS})
  SELECT ${STEP_VALUES} FROM held
  ON CONFLICT DO NOTHING
  RETURNING execution_id`;

const END = `
  WITH ${BATCH}, ${held('UPDATE')},
  gone AS (
    DELETE FROM workflow_task
    WHERE tenant_id = ANY ($1::text[]) AND execution_id = ANY ($2::uuid[])
      AND execution_id = ANY (ARRAY (SELECT execution_id FROM held))),
  settled AS (
    INSERT INTO workflow_step (${STEP_COLUMNS})
    SELECT ${STEP_VALUES} FROM held
    ON CONFLICT DO NOTHING)
  UPDATE workflow_execution e
  SET status = 'completed', output = held.output, status_code = 200, message = $11::text,
    degraded = false, fence = held.fence, finished_at = clock_timestamp()
  FROM held
  WHERE e.tenant_id = held.tenant_id AND e.id = held.execution_id
    AND e.tenant_id = ANY ($1::text[]) AND e.id = ANY ($2::uuid[])
  RETURNING e.id`;

/**
 * The transitions of W1 as bare SQL: a batch of one kind is one statement that commits by itself.
 *
 * @param batch executions that travel together
 */
export async function postgresBatchedFloor(
  database: PostgresDatabase,
  batch: number,
): Promise<Floor> {
  const clients = await Promise.all(Array.from({ length: FLUSHES }, () => floorClient(database)));
  const lanes = new Lanes(clients);
  return {
    run: (executions, inFlight) =>
      inCohorts(executions, { size: batch, inFlight }, (cohort) => runCohort(cohort, lanes)),
    async close() {
      for (const client of clients) await client.end();
    },
  };
}

async function runCohort(
  executions: readonly FloorExecution[],
  lanes: Lanes<pg.Client>,
): Promise<void> {
  const all = <T>(value: T): T[] => executions.map(() => value);
  const ids = executions.map(({ id }) => id);
  const write = async (name: string, text: string, values: unknown[]): Promise<void> => {
    const { rowCount } = await lanes.use((client) => client.query({ name, text, values }));
    if (rowCount !== executions.length) throw new Error(`The floor lost rows of "${name}".`);
  };

  await write('create', CREATE, [
    all(row.TENANT),
    ids,
    all(row.WORKFLOW),
    all(row.VERSION),
    all(row.HASH),
    all(row.CAPABILITY),
    all(row.INPUT_HASH),
    executions.map(({ input }) => input),
    all(row.CONTEXT),
    row.WORKER,
    row.LEASE,
  ]);
  for (const [index, step] of row.STEPS.entries()) {
    const now = all(Date.now());
    const values = [
      all(row.TENANT),
      ids,
      all(1),
      all(1),
      all(row.WORKER),
      all(step),
      all(row.OUTPUTS[index]),
      all(row.USAGE),
      now,
      now,
    ];
    if (index < row.STEPS.length - 1) await write('checkpoint', CHECKPOINT, values);
    else await write('end', END, [...values, row.MESSAGE]);
  }
}
