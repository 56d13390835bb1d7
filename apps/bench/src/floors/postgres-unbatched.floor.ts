import type pg from 'pg';
import type { PostgresDatabase } from '../databases/database.js';
import { inCohorts } from './cohorts.js';
import { floorClient } from './floor-client.js';
import type { Floor } from './floor.js';
import * as row from './floor-rows.js';
import { Lanes } from './lanes.js';

const CREATE = `
  WITH created AS (
    INSERT INTO workflow_execution (tenant_id, id, workflow_id, workflow_version, definition_hash,
      capability, input_hash, input, context, status, run, fence, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', 1, 0, clock_timestamp())
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, id, capability)
  INSERT INTO workflow_task (tenant_id, execution_id, capability, worker_id, queue, priority,
    visible_at, status, fence, claims, run)
  SELECT tenant_id, id, capability, $10::uuid, 'default', 0,
    clock_timestamp() + $11::float8 * interval '1 ms', 'running', 1, 1, 1
  FROM created`;

const STEP_COLUMNS = `tenant_id, execution_id, fence, run, step_id, status, attempts, output, usage,
  started_at, finished_at`;

const STEP_VALUES = `tenant_id, execution_id, $3::bigint, $4::int, $6::text, 'completed', 1, $7::text,
  $8::text, to_timestamp($9::float8 / 1000.0), to_timestamp($10::float8 / 1000.0)`;

const OWNED = `tenant_id = $1 AND execution_id = $2::uuid AND fence = $3::bigint AND run = $4::int
  AND worker_id = $5::uuid`;

const CHECKPOINT = `
  WITH held AS MATERIALIZED (
    SELECT tenant_id, execution_id FROM workflow_task WHERE ${OWNED} FOR NO KEY UPDATE)
  INSERT INTO workflow_step (${STEP_COLUMNS})
  SELECT ${STEP_VALUES} FROM held
  ON CONFLICT DO NOTHING`;

// The delete takes the lock and checks the fence at once.
const END = `
  WITH held AS (
    DELETE FROM workflow_task WHERE ${OWNED} RETURNING tenant_id, execution_id, fence),
  settled AS (
    INSERT INTO workflow_step (${STEP_COLUMNS})
    SELECT ${STEP_VALUES} FROM held
    ON CONFLICT DO NOTHING)
  UPDATE workflow_execution e
  SET status = 'completed', output = $7::text, status_code = 200, message = $11::text,
    degraded = false, fence = held.fence, finished_at = clock_timestamp()
  FROM held
  WHERE e.tenant_id = held.tenant_id AND e.id = held.execution_id`;

/**
 * The transitions of W1 as bare SQL, a commit each.
 *
 * @param connections how many commits are on their way at a time
 */
export async function postgresUnbatchedFloor(
  database: PostgresDatabase,
  connections: number,
): Promise<Floor> {
  const clients = await Promise.all(
    Array.from({ length: connections }, () => floorClient(database)),
  );
  const lanes = new Lanes(clients);
  return {
    run: (executions, inFlight) =>
      inCohorts(executions, { size: 1, inFlight }, ([execution]) => runOne(execution, lanes)),
    async close() {
      for (const client of clients) await client.end();
    },
  };
}

async function runOne({ id, input }: row.FloorExecution, lanes: Lanes<pg.Client>): Promise<void> {
  const write = async (name: string, text: string, values: unknown[]): Promise<void> => {
    const { rowCount } = await lanes.use((client) => client.query({ name, text, values }));
    if (rowCount !== 1) throw new Error(`The floor lost the row of "${name}".`);
  };
  await write('create', CREATE, [
    row.TENANT,
    id,
    row.WORKFLOW,
    row.VERSION,
    row.HASH,
    row.CAPABILITY,
    row.INPUT_HASH,
    input,
    row.CONTEXT,
    row.WORKER,
    row.LEASE,
  ]);
  for (const [index, step] of row.STEPS.entries()) {
    const now = Date.now();
    const output = row.OUTPUTS[index];
    const values = [row.TENANT, id, 1, 1, row.WORKER, step, output, row.USAGE, now, now];
    if (index < row.STEPS.length - 1) await write('checkpoint', CHECKPOINT, values);
    else await write('end', END, [...values, row.MESSAGE]);
  }
}
