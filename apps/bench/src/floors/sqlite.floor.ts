import type { SqliteDatabase } from '../databases/database.js';
import { inCohorts } from './cohorts.js';
import type { Floor } from './floor.js';
import * as row from './floor-rows.js';
import {
  closeSqlite,
  openSqlite,
  type SqliteConnection,
  type SqliteStatement,
} from './sqlite-connection.js';

const NOW = `cast(unixepoch('subsec') * 1000 AS integer)`;

/** Due time of what has an owner. */
const NEVER = 253_402_300_799_999;

const CREATE_EXECUTION = `
  INSERT INTO workflow_execution (tenant_id, id, workflow_id, workflow_version, definition_hash,
    capability, status, run, fence, input_hash, input, context, created_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'pending', 1, 0, ?7, ?8, ?9, ${NOW})
  ON CONFLICT DO NOTHING`;

const CREATE_TASK = `
  INSERT INTO workflow_task (tenant_id, execution_id, queue, priority, visible_at, status, worker_id,
    fence, claims, run, capability)
  VALUES (?1, ?2, 'default', 0, ${NEVER}, 'running', ?3, 1, 1, 1, ?4)`;

const OWNED = `tenant_id = ?1 AND execution_id = ?2 AND fence = ?3 AND run = ?4 AND worker_id = ?5`;

// The fence is checked by the insert itself: no task of ours, no row.
const CHECKPOINT = `
  INSERT INTO workflow_step (tenant_id, execution_id, fence, run, step_id, status, attempts, output,
    usage, started_at, finished_at)
  SELECT tenant_id, execution_id, fence, run, ?6, 'completed', 1, ?7, ?8, ?9, ?9
  FROM workflow_task WHERE ${OWNED}
  ON CONFLICT DO NOTHING`;

const DELETE_TASK = `DELETE FROM workflow_task WHERE tenant_id = ?1 AND execution_id = ?2`;

const END_EXECUTION = `
  UPDATE workflow_execution
  SET status = 'completed', output = ?3, status_code = 200, message = ?4, degraded = 0, fence = ?5,
    finished_at = ${NOW}
  WHERE tenant_id = ?1 AND id = ?2`;

/**
 * The transitions of W1 as bare SQL on one connection, in one transaction for a batch of one kind.
 *
 * @param batch executions that travel together; 1 for a commit per transition
 */
export async function sqliteFloor({ file }: SqliteDatabase, batch: number): Promise<Floor> {
  const connection = openSqlite(file);
  const statements = {
    createExecution: connection.prepare(CREATE_EXECUTION),
    createTask: connection.prepare(CREATE_TASK),
    checkpoint: connection.prepare(CHECKPOINT),
    deleteTask: connection.prepare(DELETE_TASK),
    endExecution: connection.prepare(END_EXECUTION),
  };
  return Promise.resolve({
    run: (executions, inFlight) =>
      inCohorts(executions, { size: batch, inFlight }, async (cohort) => {
        runCohort(cohort, connection, statements);
        await Promise.resolve();
      }),
    close: () => Promise.resolve(closeSqlite(connection)),
  });
}

function runCohort(
  executions: readonly row.FloorExecution[],
  connection: SqliteConnection,
  sql: Readonly<
    Record<
      'createExecution' | 'createTask' | 'checkpoint' | 'deleteTask' | 'endExecution',
      SqliteStatement
    >
  >,
): void {
  const inTransaction = (write: (execution: row.FloorExecution) => void): void => {
    connection.exec('BEGIN IMMEDIATE');
    for (const execution of executions) write(execution);
    connection.exec('COMMIT');
  };
  const one = (statement: SqliteStatement, values: readonly unknown[]): void => {
    if (statement.run(values).changes !== 1) throw new Error('The floor lost a row.');
  };

  inTransaction(({ id, input }) => {
    one(sql.createExecution, [
      row.TENANT,
      id,
      row.WORKFLOW,
      row.VERSION,
      row.HASH,
      row.CAPABILITY,
      row.INPUT_HASH,
      input,
      row.CONTEXT,
    ]);
    one(sql.createTask, [row.TENANT, id, row.WORKER, row.CAPABILITY]);
  });
  for (const [index, step] of row.STEPS.entries()) {
    const output = row.OUTPUTS[index];
    inTransaction(({ id }) => {
      const now = Date.now();
      one(sql.checkpoint, [row.TENANT, id, 1, 1, row.WORKER, step, output, row.USAGE, now]);
      if (index < row.STEPS.length - 1) return;
      one(sql.deleteTask, [row.TENANT, id]);
      one(sql.endExecution, [row.TENANT, id, output, row.MESSAGE, 1]);
    });
  }
}
