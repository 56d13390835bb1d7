import { CHECKPOINT_COLUMNS, EXECUTION_COLUMNS, executionList } from '../../execution-list.js';
import type { ExecutionStatements } from '../../sql.execution-store.js';
import type { TableNames } from '../../table-names.js';

/** Columns of a batch, each an array with one value per record. */
const columns = (first: number, types: readonly string[]): string =>
  types.map((type, index) => `$${first + index}::${type}[]`).join(', ');

/**
 * The statements of the store on PostgreSQL; a batch is one statement, its columns are arrays. `$1`
 * is everywhere the offset of the clock in milliseconds, zero outside tests.
 *
 * All run at READ COMMITTED. A statement's snapshot is taken when it begins, not when it gets its
 * locks: whatever is decided on locked rows is decided in the statement after the one that locks.
 */
export function postgresStatements(tables: TableNames) {
  const { execution, task, step, attempt } = tables;
  // STABLE, so that an index can be searched with it.
  const now = `(statement_timestamp() + $1::float8 * interval '1 ms')`;
  // Leases count from the moment they are written, which may be long after the statement began.
  const atWrite = `(clock_timestamp() + $1::float8 * interval '1 ms')`;
  const milliseconds = (value: string): string => `${value} * interval '1 ms'`;
  const moment = (value: string): string => `to_timestamp(${value} / 1000.0)`;
  // The one priority there is must be named: else a claim reads all that sleeps, to find nothing due.
  const due = `
    SELECT tenant_id, execution_id FROM ${task}
    WHERE queue = 'default' AND priority = 0 AND visible_at <= ${now} AND capability = ANY ($2::text[])
    ORDER BY visible_at LIMIT $3`;
  const keys = (first: number): string =>
    `unnest(${columns(first, ['text', 'uuid'])}) AS k (tenant_id, execution_id)`;

  return {
    // What exists gives no row: its idempotency key, or it itself when an earlier answer was lost. In
    // the order of the keys: who waits for another's commit must not hold what that one waits for.
    createExecutions: `
      INSERT INTO ${execution} (tenant_id, id, workflow_id, workflow_version, definition_hash,
        capability, user_id, idempotency_key, input_hash, input, context, status, run, fence, created_at)
      SELECT n.tenant_id, n.id, n.workflow_id, n.workflow_version, n.definition_hash, n.capability,
        n.user_id, n.idempotency_key, n.input_hash, n.input, n.context, 'pending', 1, 0, ${atWrite}
      FROM unnest(${columns(2, ['text', 'uuid', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text'])})
        WITH ORDINALITY AS n (tenant_id, id, workflow_id, workflow_version, definition_hash, capability,
          user_id, idempotency_key, input_hash, input, context, position)
      ORDER BY n.tenant_id, n.workflow_id, n.idempotency_key, n.position
      ON CONFLICT DO NOTHING
      RETURNING tenant_id, id, created_at`,

    // A statement of its own: only a new snapshot sees what the insert ran into.
    findExisting: `
      SELECT e.tenant_id, e.workflow_id, e.idempotency_key, e.id, e.input_hash, e.created_at
      FROM unnest(${columns(1, ['text', 'uuid', 'text', 'text'])}) AS k (tenant_id, id, workflow_id, idempotency_key)
      JOIN ${execution} e ON e.tenant_id = k.tenant_id
        AND (e.id = k.id OR (e.workflow_id = k.workflow_id AND e.idempotency_key = k.idempotency_key))`,

    // What ended by our own hand, in a commit whose answer was lost.
    findOwnEnds: `
      SELECT k.position, e.finished_at
      FROM unnest(${columns(1, ['text', 'uuid', 'bigint', 'int'])}) WITH ORDINALITY
        AS k (tenant_id, id, fence, run, position)
      JOIN ${execution} e USING (tenant_id, id, fence, run)
      WHERE e.finished_at IS NOT NULL`,

    // A worker of its own runs an execution at once; without one it waits for a claim.
    createTasks: `
      INSERT INTO ${task} (tenant_id, execution_id, capability, worker_id, queue, priority, visible_at,
        status, fence, claims, run)
      SELECT n.tenant_id, n.execution_id, n.capability, n.worker_id, 'default', 0,
        CASE WHEN n.worker_id IS NULL THEN ${now} ELSE ${atWrite} + ${milliseconds('$2::float8')} END,
        CASE WHEN n.worker_id IS NULL THEN 'pending' ELSE 'running' END,
        CASE WHEN n.worker_id IS NULL THEN 0 ELSE 1 END,
        CASE WHEN n.worker_id IS NULL THEN 0 ELSE 1 END, 1
      FROM unnest(${columns(3, ['text', 'uuid', 'text', 'uuid'])}) AS n (tenant_id, execution_id, capability, worker_id)`,

    // The positions that come back are still ours, and stay so until the commit. Locks are taken in
    // the order of the key, so that batches never wait for each other in a circle.
    lockHeld: `
      SELECT h.position, ${atWrite} AS at
      FROM unnest(${columns(2, ['text', 'uuid', 'bigint', 'int', 'uuid'])}) WITH ORDINALITY
        AS h (tenant_id, execution_id, fence, run, worker_id, position)
      JOIN ${task} t USING (tenant_id, execution_id, fence, run, worker_id)
      ORDER BY t.tenant_id, t.execution_id
      FOR NO KEY UPDATE OF t`,

    // Whoever raises a fence waits for the transactional steps that stand on it.
    lockForRelease: `
      SELECT 1 FROM ${task} t JOIN ${keys(1)} USING (tenant_id, execution_id)
      ORDER BY t.tenant_id, t.execution_id FOR UPDATE OF t`,

    insertAttempts: `
      INSERT INTO ${attempt} (tenant_id, execution_id, fence, run, step_id, attempt, errors, started_at,
        finished_at, retry_at)
      SELECT n.tenant_id, n.execution_id, n.fence, n.run, n.step_id, n.attempt, n.errors,
        ${moment('n.started_at')}, ${moment('n.finished_at')}, ${atWrite} + ${milliseconds('n.delay')}
      FROM unnest(${columns(2, ['text', 'uuid', 'bigint', 'int', 'text', 'int', 'text', 'float8', 'float8', 'float8'])})
        AS n (tenant_id, execution_id, fence, run, step_id, attempt, errors, started_at, finished_at, delay)
      ON CONFLICT DO NOTHING`,

    // First writer wins: a checkpoint is never changed within a run.
    insertCheckpoints: `
      INSERT INTO ${step} (tenant_id, execution_id, fence, run, step_id, status, attempts, output,
        errors, status_code, reason, writes, audit, usage, started_at, finished_at)
      SELECT n.tenant_id, n.execution_id, n.fence, n.run, n.step_id, n.status, n.attempts, n.output,
        n.errors, n.status_code, n.reason, n.writes, n.audit, n.usage, ${moment('n.started_at')},
        ${moment('n.finished_at')}
      FROM unnest(${columns(1, ['text', 'uuid', 'bigint', 'int', 'text', 'text', 'int', 'text', 'text', 'int', 'text', 'text', 'text', 'text', 'float8', 'float8'])})
        AS n (tenant_id, execution_id, fence, run, step_id, status, attempts, output, errors,
          status_code, reason, writes, audit, usage, started_at, finished_at)
      ON CONFLICT DO NOTHING`,

    deleteTasks: `DELETE FROM ${task} t USING ${keys(1)}
      WHERE t.tenant_id = k.tenant_id AND t.execution_id = k.execution_id`,

    endExecutions: `
      UPDATE ${execution} e
      SET status = n.status, output = n.output, errors = n.errors, status_code = n.status_code,
        message = n.message, degraded = n.degraded, fence = n.fence, finished_at = ${atWrite}
      FROM unnest(${columns(2, ['text', 'uuid', 'text', 'text', 'text', 'int', 'text', 'boolean', 'bigint'])})
        AS n (tenant_id, id, status, output, errors, status_code, message, degraded, fence)
      WHERE e.tenant_id = n.tenant_id AND e.id = n.id
      RETURNING e.tenant_id, e.id, e.finished_at`,

    park: `
      UPDATE ${task} t
      SET status = 'waiting', worker_id = NULL, claims = 0,
        visible_at = ${atWrite} + ${milliseconds('k.delay')}
      FROM unnest(${columns(2, ['text', 'uuid', 'float8'])}) AS k (tenant_id, execution_id, delay)
      WHERE t.tenant_id = k.tenant_id AND t.execution_id = k.execution_id`,

    // Given back in good order: a deploy is not a crash.
    release: `
      UPDATE ${task} t
      SET status = 'pending', worker_id = NULL, fence = t.fence + 1, claims = t.claims - 1,
        visible_at = ${atWrite} + ${milliseconds('k.delay')}
      FROM unnest(${columns(2, ['text', 'uuid', 'float8'])}) AS k (tenant_id, execution_id, delay)
      WHERE t.tenant_id = k.tenant_id AND t.execution_id = k.execution_id`,

    suspend: `
      UPDATE ${task} t
      SET status = 'suspended', reason = k.reason, worker_id = NULL, claims = 0,
        visible_at = 'infinity'
      FROM unnest(${columns(1, ['text', 'uuid', 'text'])}) AS k (tenant_id, execution_id, reason)
      WHERE t.tenant_id = k.tenant_id AND t.execution_id = k.execution_id`,

    findDue: `SELECT 1 FROM (${due}) d`,

    // Crosses tenants. MATERIALIZED keeps the planner from updating more rows than the limit; a row
    // that another worker is claiming, or that a transaction holds, is passed over. An owner that
    // wrote a checkpoint did not end without a word: it does not count against its execution.
    claim: `
      WITH due AS MATERIALIZED (${due} FOR UPDATE SKIP LOCKED)
      UPDATE ${task} t
      SET status = 'running', worker_id = $4::uuid, fence = t.fence + 1,
        visible_at = ${atWrite} + ${milliseconds('$5::float8')},
        claims = CASE WHEN t.worker_id IS NOT NULL AND EXISTS (
          SELECT 1 FROM ${step} s
          WHERE s.tenant_id = t.tenant_id AND s.execution_id = t.execution_id AND s.fence = t.fence)
          THEN 1 ELSE t.claims + 1 END
      FROM due WHERE t.tenant_id = due.tenant_id AND t.execution_id = due.execution_id
      RETURNING t.tenant_id, t.execution_id, t.fence, t.run, t.claims`,

    // Crosses tenants: one statement for all that this worker runs. What does not come back is lost.
    // Locks are taken in the order in which batches take them. Counts from its beginning: it may have
    // waited for the locks of a worker that has fallen silent since.
    heartbeat: `
      WITH held AS MATERIALIZED (
        SELECT t.tenant_id, t.execution_id
        FROM unnest(${columns(4, ['text', 'uuid', 'bigint'])}) AS h (tenant_id, execution_id, fence)
        JOIN ${task} t USING (tenant_id, execution_id, fence)
        WHERE t.worker_id = $3::uuid
        ORDER BY t.tenant_id, t.execution_id
        FOR NO KEY UPDATE OF t)
      UPDATE ${task} t SET visible_at = ${now} + ${milliseconds('$2::float8')}
      FROM held WHERE t.tenant_id = held.tenant_id AND t.execution_id = held.execution_id
      RETURNING t.tenant_id, t.execution_id, t.fence`,

    claimedExecutions: `
      SELECT e.tenant_id, e.id, e.workflow_id, e.workflow_version, e.capability, e.input, e.context,
        e.created_at, ${now} AS now
      FROM ${keys(2)} JOIN ${execution} e ON e.tenant_id = k.tenant_id AND e.id = k.execution_id`,

    claimedCheckpoints: `
      SELECT ${CHECKPOINT_COLUMNS}
      FROM ${keys(1)} JOIN ${task} t USING (tenant_id, execution_id)
      JOIN ${step} s USING (tenant_id, execution_id)
      WHERE s.run = t.run OR s.status = 'completed'`,

    claimedAttempts: `
      SELECT a.tenant_id, a.execution_id, a.step_id, a.attempt, a.errors, a.started_at, a.finished_at,
        a.retry_at
      FROM ${keys(1)} JOIN ${task} t USING (tenant_id, execution_id)
      JOIN ${attempt} a USING (tenant_id, execution_id, run)`,

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

    checkpointsOf: `
      SELECT ${CHECKPOINT_COLUMNS}
      FROM ${execution} e
      JOIN ${step} s ON s.tenant_id = e.tenant_id AND s.execution_id = e.id
      WHERE e.tenant_id = $1 AND e.id = ANY ($2::uuid[]) AND (s.run = e.run OR s.status = 'completed')`,

    // KEY SHARE lets heartbeats and checkpoints of other steps pass, and keeps the row from a claim.
    lockOwnTask: `
      SELECT 1 FROM ${task}
      WHERE tenant_id = $1 AND execution_id = $2 AND fence = $3 AND run = $4 AND worker_id = $5
      FOR KEY SHARE`,

    insertOwnCheckpoint: `
      INSERT INTO ${step} (tenant_id, execution_id, fence, run, step_id, status, attempts, output,
        errors, status_code, reason, writes, audit, usage, started_at, finished_at)
      SELECT t.tenant_id, t.execution_id, t.fence, t.run, $7, $8, $9::int, $10, $11, $12::int, $13, $14,
        $15, $16, ${moment('$17::float8')}, ${moment('$18::float8')}
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
      executionList(tables, { parameter: (position) => `$${position}`, moment }, filter),

    ids: (ids: readonly string[]) => ids,
  } as const;
}

export type PostgresStatements = ReturnType<typeof postgresStatements>;
