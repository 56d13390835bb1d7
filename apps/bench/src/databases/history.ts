import { INPUT_TEXT, CONTEXT, OUTPUTS, STEPS, USAGE } from '../floors/floor-rows.js';
import type { Database } from './database.js';
import { runSql } from './run-sql.js';

const EXECUTION_COLUMNS = `tenant_id, id, workflow_id, workflow_version, definition_hash, capability,
  status, run, fence, input_hash, input, context, output, status_code, message, created_at, finished_at`;

const STEP_COLUMNS = `tenant_id, execution_id, fence, run, step_id, status, attempts, output, usage,
  started_at, finished_at`;

const executionValues = (id: string, time: string): string => `'default', ${id}, 'three-steps',
  '1.0.0', 'history', 'history', 'completed', 1, 1, 'history', '${INPUT_TEXT}', '${CONTEXT}',
  '${OUTPUTS.at(-1)}', 200, 'Workflow "three-steps" completed', ${time}, ${time}`;

const stepValues = (step: string, index: number, time: string): string => `'default', id, 1, 1,
  '${step}', 'completed', 1, '${OUTPUTS[index]}', '${USAGE}', ${time}, ${time}`;

/** Older than anything the bench starts. */
const PREFIX = '01000000-0000-7000-8000-';

/** Fills a database with executions of W1 that ended long ago, each with its three checkpoints. */
export async function writeHistory(database: Database, executions: number): Promise<void> {
  const old = (table: string): string => `FROM ${table} WHERE definition_hash = 'history'`;
  const steps = (time: string): string[] =>
    STEPS.map(
      (step, index) =>
        `INSERT INTO workflow_step (${STEP_COLUMNS})
         SELECT ${stepValues(step, index, time)} ${old('workflow_execution')}`,
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
       SELECT ${executionValues(`'${PREFIX}' || printf('%012x', n)`, '0')} FROM numbers`,
      ...steps('0'),
      'COMMIT',
    ],
  });
}
