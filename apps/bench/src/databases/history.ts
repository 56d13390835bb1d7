import * as row from '../floors/floor-rows.js';
import type { Database } from './database.js';
import { runSql } from './run-sql.js';

const EXECUTION_COLUMNS = `tenant_id, id, workflow_id, workflow_version, definition_hash, capability,
  status, run, fence, input_hash, input, context, output, status_code, message, created_at, finished_at`;

const STEP_COLUMNS = `tenant_id, execution_id, fence, run, step_id, status, attempts, output, usage,
  started_at, finished_at`;

const executionValues = (id: string, time: string): string => `'${row.TENANT}', ${id},
  '${row.WORKFLOW}', '${row.VERSION}', '${row.HASH}', '${row.CAPABILITY}', 'completed', 1, 1,
  '${row.INPUT_HASH}', '${row.INPUT_TEXT}', '${row.CONTEXT}', '${row.OUTPUTS.at(-1)}', 200,
  '${row.MESSAGE}', ${time}, ${time}`;

const stepValues = (
  step: string,
  index: number,
  time: string,
): string => `'${row.TENANT}', id, 1, 1,
  '${step}', 'completed', 1, '${row.OUTPUTS[index]}', '${row.USAGE}', ${time}, ${time}`;

/** As wide as any time that the engine writes. */
const NOW_IN_SQLITE = `cast(unixepoch('subsec') * 1000 AS integer)`;

/** Older than anything the bench starts. */
const PREFIX = '01000000-0000-7000-8000-';

/**
 * Fills an empty database with executions of W1 that ended long ago, each with its three checkpoints.
 * The rows are as wide as those of W1.
 */
export async function writeHistory(database: Database, executions: number): Promise<void> {
  const steps = (time: string): string[] =>
    row.STEPS.map(
      (step, index) =>
        `INSERT INTO workflow_step (${STEP_COLUMNS})
         SELECT ${stepValues(step, index, time)} FROM workflow_execution`,
    );
  await runSql(database, {
    postgres: [
      `INSERT INTO workflow_execution (${EXECUTION_COLUMNS})
       SELECT ${executionValues(`('${PREFIX}' || lpad(to_hex(n), 12, '0'))::uuid`, 'now()')}
       FROM generate_series(1, ${executions}) n`,
      ...steps('now()'),
      'VACUUM ANALYZE',
    ],
    sqlite: [
      'BEGIN',
      `WITH RECURSIVE numbers (n) AS (
         SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${executions})
       INSERT INTO workflow_execution (${EXECUTION_COLUMNS})
       SELECT ${executionValues(`'${PREFIX}' || printf('%012x', n)`, NOW_IN_SQLITE)} FROM numbers`,
      ...steps(NOW_IN_SQLITE),
      'COMMIT',
    ],
  });
}
