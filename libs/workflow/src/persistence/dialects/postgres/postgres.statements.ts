import { CHECKPOINT_COLUMNS, EXECUTION_COLUMNS, executionList } from '../../execution-list.js';
import type { ExecutionStatements } from '../../sql.execution-store.js';
import type { TableNames } from '../../table-names.js';
import { columns, milliseconds, moment, momentOf } from './postgres.expressions.js';

/**
 * The statements of the store on PostgreSQL; a batch is one statement, its columns are arrays. `$1`
 * is everywhere the offset of the clock in milliseconds, zero outside tests.
 *
 * All run at READ COMMITTED. A statement's snapshot is taken when it begins, not when it gets its
 * locks: whatever is decided on locked rows is decided in the statement after the one that locks.
 *
 * What is joined to a batch is bound to its keys as well: the tables are all but empty whenever they
 * are vacuumed, and what is planned for an empty table reads all of it, dead entries too.
 *
 * @param longestSilence milliseconds in which the server hears nothing of a transactional step
 */
export function postgresStatements(tables: TableNames, longestSilence: number) {
  const { execution, task, step, attempt } = tables;
  const { now, atWrite } = moment;
  // As far back as looks go: an age in milliseconds, or null.
  const oldest = `coalesce(${now} - ${milliseconds('$4::float8')}, '-infinity')`;
  // The one priority there is must be named: else a claim reads all that sleeps, to find nothing due.
  const due = `
    SELECT tenant_id, execution_id, visible_at FROM ${task}
    WHERE queue = 'default' AND priority = 0 AND visible_at >= ${oldest} AND visible_at <= ${now}
      AND capability = ANY ($2::text[])
    ORDER BY visible_at LIMIT $3`;
  const named = (tenantId: string, executionId: string, first: number): string =>
    `${tenantId} = ANY ($${first}::text[]) AND ${executionId} = ANY ($${first + 1}::uuid[])`;
  const keys = (first: number): string =>
    `unnest(${columns(first, ['text', 'uuid'])}) AS k (tenant_id, execution_id)`;

  return {
    findDue: `SELECT 1 FROM (${due}) d`,

    // Crosses tenants, as the claim that it foresees.
    findNextDue: `
      SELECT greatest(0, extract(epoch FROM visible_at - ${now}) * 1000)::float8 AS due_in FROM ${task}
      WHERE queue = 'default' AND priority = 0 AND visible_at >= ${oldest}
        AND visible_at <= ${now} + ${milliseconds('$3::float8')} AND capability = ANY ($2::text[])
      ORDER BY visible_at LIMIT 1`,

    // Crosses tenants. MATERIALIZED keeps the planner from updating more rows than the limit; a row
    // that another worker is claiming, or that a transaction holds, is passed over. An owner that
    // wrote a checkpoint did not end without a word: it does not count against its execution. Nor does
    // one that died while a suspect, of 3 claims, waited for its turn: it ran beside others.
    claim: `
      WITH due AS MATERIALIZED (${due} FOR UPDATE SKIP LOCKED)
      UPDATE ${task} t
      SET status = 'running', worker_id = $5::uuid, fence = t.fence + 1,
        visible_at = ${atWrite} + ${milliseconds('$6::float8')},
        claims = CASE WHEN t.worker_id IS NOT NULL AND EXISTS (
          SELECT 1 FROM ${step} s
          WHERE s.tenant_id = t.tenant_id AND s.execution_id = t.execution_id AND s.fence = t.fence)
          THEN 1 WHEN t.claims = 3 THEN 3 ELSE t.claims + 1 END
      FROM due WHERE t.tenant_id = due.tenant_id AND t.execution_id = due.execution_id
        AND t.tenant_id = ANY (ARRAY (SELECT tenant_id FROM due))
        AND t.execution_id = ANY (ARRAY (SELECT execution_id FROM due))
      RETURNING t.tenant_id, t.execution_id, t.fence, t.run, t.claims,
        (extract(epoch FROM ${now} - due.visible_at) * 1000)::float8 AS waited`,

    // Crosses tenants: one statement for all that this worker runs. What does not come back is lost.
    // Locks are taken in the order in which batches take them. Counts from its beginning: it may have
    // waited for the locks of a worker that has fallen silent since.
    heartbeat: `
      WITH held AS MATERIALIZED (
        SELECT t.tenant_id, t.execution_id
        FROM unnest(${columns(4, ['text', 'uuid', 'bigint'])}) AS h (tenant_id, execution_id, fence)
        JOIN ${task} t USING (tenant_id, execution_id, fence)
        WHERE ${named('t.tenant_id', 't.execution_id', 4)} AND t.worker_id = $3::uuid
        ORDER BY t.tenant_id, t.execution_id
        FOR NO KEY UPDATE OF t)
      UPDATE ${task} t SET visible_at = ${now} + ${milliseconds('$2::float8')}
      FROM held WHERE t.tenant_id = held.tenant_id AND t.execution_id = held.execution_id
        AND ${named('t.tenant_id', 't.execution_id', 4)}
      RETURNING t.tenant_id, t.execution_id, t.fence`,

    // No row: the fence is lost, and the execution may not begin.
    isolate: `
      UPDATE ${task} SET claims = 4
      WHERE tenant_id = $1 AND execution_id = $2 AND fence = $3 AND worker_id = $4
      RETURNING fence`,

    claimedExecutions: `
      SELECT e.tenant_id, e.id, e.workflow_id, e.workflow_version, e.capability, e.input, e.context,
        e.created_at, ${now} AS now
      FROM ${keys(2)} JOIN ${execution} e ON e.tenant_id = k.tenant_id AND e.id = k.execution_id
      WHERE ${named('e.tenant_id', 'e.id', 2)}`,

    claimedCheckpoints: `
      SELECT ${CHECKPOINT_COLUMNS}
      FROM ${keys(1)} JOIN ${task} t USING (tenant_id, execution_id)
      JOIN ${step} s USING (tenant_id, execution_id)
      WHERE ${named('t.tenant_id', 't.execution_id', 1)}
        AND (s.run = t.run OR s.status = 'completed')`,

    claimedAttempts: `
      SELECT a.tenant_id, a.execution_id, a.step_id, a.attempt, a.errors, a.started_at, a.finished_at,
        a.retry_at
      FROM ${keys(1)} JOIN ${task} t USING (tenant_id, execution_id)
      JOIN ${attempt} a USING (tenant_id, execution_id, run)
      WHERE ${named('t.tenant_id', 't.execution_id', 1)}`,

    // Crosses tenants: the definition, or the tenant, may be back.
    resumeKnown: `
      UPDATE ${task}
      SET status = 'pending', reason = NULL, visible_at = ${now}
      WHERE status = 'suspended' AND capability = ANY ($2::text[])
        AND (starts_with(reason, 'DEFINITION_MISSING:') OR starts_with(reason, 'TENANT_MISSING:'))
      RETURNING tenant_id`,

    findExecution: `
      SELECT ${EXECUTION_COLUMNS}
      FROM ${execution} e
      LEFT JOIN ${task} t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
      WHERE e.tenant_id = $1 AND e.id = $2`,

    findEndedExecutions: `
      SELECT ${EXECUTION_COLUMNS}
      FROM ${execution} e
      LEFT JOIN ${task} t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
      WHERE e.tenant_id = $1 AND e.id = ANY ($2::uuid[]) AND e.finished_at IS NOT NULL`,

    checkpointsOf: `
      SELECT ${CHECKPOINT_COLUMNS}
      FROM ${execution} e
      JOIN ${step} s ON s.tenant_id = e.tenant_id AND s.execution_id = e.id
      WHERE e.tenant_id = $1 AND e.id = ANY ($2::uuid[]) AND (s.run = e.run OR s.status = 'completed')`,

    // KEY SHARE lets heartbeats and checkpoints of other steps pass, and keeps the row from a claim. A
    // client that has fallen silent keeps it so no longer than the server waits for that client.
    lockOwnTask: `
      SELECT set_config('idle_in_transaction_session_timeout', '${longestSilence}', true) FROM ${task}
      WHERE tenant_id = $1 AND execution_id = $2 AND fence = $3 AND run = $4 AND worker_id = $5
      FOR KEY SHARE`,

    // Nobody gets this lock while a transaction that has the one above may still commit.
    awaitOwnEnd: `
      SELECT 1 FROM ${task} WHERE tenant_id = $1 AND execution_id = $2 FOR UPDATE`,

    insertOwnCheckpoint: `
      INSERT INTO ${step} (tenant_id, execution_id, fence, run, step_id, status, attempts, output,
        errors, status_code, reason, writes, audit, usage, started_at, finished_at)
      SELECT t.tenant_id, t.execution_id, t.fence, t.run, $7, $8, $9::int, $10, $11, $12::int, $13, $14,
        $15, $16, ${momentOf('$17::float8')}, ${momentOf('$18::float8')}
      FROM ${task} t
      WHERE t.tenant_id = $2 AND t.execution_id = $3::uuid AND t.fence = $4::bigint AND t.run = $5::int
        AND t.worker_id = $6::uuid
      ON CONFLICT DO NOTHING
      RETURNING ${atWrite} AS at`,

    findOwnCheckpoint: `
      SELECT 1 FROM ${step}
      WHERE tenant_id = $1 AND execution_id = $2 AND step_id = $3 AND run = $4 AND fence = $5`,

    // Whoever deletes the task ends the execution; everybody else comes too late.
    deleteTask: `DELETE FROM ${task} WHERE tenant_id = $1 AND execution_id = $2 RETURNING fence`,

    endExecution: `
      UPDATE ${execution}
      SET status = $4, output = $5, errors = $6, status_code = $7, message = $8, degraded = $9,
        fence = $10, finished_at = ${atWrite}
      WHERE tenant_id = $2 AND id = $3
      RETURNING finished_at`,

    retryExecution: `
      UPDATE ${execution}
      SET status = 'pending', run = run + 1, output = NULL, errors = NULL, status_code = NULL,
        message = NULL, degraded = false, finished_at = NULL
      WHERE tenant_id = $1 AND id = $2 AND status = 'failed'
      RETURNING run, fence, capability`,

    // One that runs keeps its key, however old it is.
    expireKey: `
      UPDATE ${execution} SET idempotency_key = NULL
      WHERE tenant_id = $2 AND id = $3 AND finished_at IS NOT NULL
        AND created_at <= ${now} - ${milliseconds('$4::float8')}
      RETURNING id`,

    findKey: `
      SELECT 1 FROM ${execution} WHERE tenant_id = $1 AND id = $2 AND idempotency_key IS NOT NULL`,

    // The fence goes on where the last one ended, so that it never repeats.
    createRetriedTask: `
      INSERT INTO ${task} (tenant_id, execution_id, queue, priority, visible_at, status, fence, claims,
        run, capability)
      VALUES ($2, $3, 'default', 0, ${now}, 'pending', $4, 0, $5, $6)`,

    countByStatus: `
      SELECT coalesce(t.status, e.status) AS status, count(*) AS executions
      FROM ${execution} e
      LEFT JOIN ${task} t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
      WHERE ($1::text IS NULL OR e.tenant_id = $1)
      GROUP BY 1`,
    list: (filter: Parameters<ExecutionStatements['list']>[0]) =>
      executionList(tables, { parameter: (position) => `$${position}`, moment: momentOf }, filter),

    ids: (ids: readonly string[]) => ids,
  } as const;
}

export type PostgresStatements = ReturnType<typeof postgresStatements>;
