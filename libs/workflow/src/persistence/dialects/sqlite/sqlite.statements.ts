import { CHECKPOINT_COLUMNS, EXECUTION_COLUMNS, executionList } from '../../execution-list.js';
import type { ExecutionStatements } from '../../sql.execution-store.js';
import type { TableNames } from '../../table-names.js';
import { clock, NEVER, ownCheckpoint, ownTask } from './sqlite.expressions.js';

/**
 * The statements of the store on SQLite. `?1` is everywhere the offset of the clock in milliseconds,
 * zero outside tests; "now" is the database's clock plus that offset.
 */
export function sqliteStatements(tables: TableNames) {
  const { execution, task, step, attempt } = tables;
  const now = `(${clock} + ?1)`;
  const keys = `json_each(?2) k`;
  const isKey = (tenant: string, id: string): string =>
    `${tenant} = k.value ->> 0 AND ${id} = k.value ->> 1`;

  // The one priority there is must be named: else a claim reads all that sleeps, to find nothing due.
  const due = `
    SELECT tenant_id, execution_id FROM ${task}
    WHERE queue = 'default' AND priority = 0 AND visible_at <= ${now}
      AND capability IN (SELECT value FROM json_each(?2))
    ORDER BY visible_at LIMIT ?3`;

  return {
    // The one connection is ours until the end of the transaction: there is nothing to lock.
    lockOwnTask: ownTask(tables),

    insertOwnCheckpoint: `${ownCheckpoint(tables)}
      RETURNING ${now} AS at`,

    findOwnCheckpoint: `
      SELECT 1 FROM ${step}
      WHERE tenant_id = ?1 AND execution_id = ?2 AND step_id = ?3 AND run = ?4 AND fence = ?5`,

    deleteTask: `DELETE FROM ${task} WHERE tenant_id = ?1 AND execution_id = ?2 RETURNING fence`,

    endExecution: `
      UPDATE ${execution}
      SET status = ?4, output = ?5, errors = ?6, status_code = ?7, message = ?8, degraded = ?9,
        fence = ?10, finished_at = ${now}
      WHERE tenant_id = ?2 AND id = ?3
      RETURNING finished_at`,

    // Crosses tenants: the claim looks for due work of all of them.
    findDue: `SELECT 1 FROM (${due})`,

    // Crosses tenants, as the claim that it foresees.
    findNextDue: `
      SELECT max(0, visible_at - ${now}) AS due_in FROM ${task}
      WHERE queue = 'default' AND priority = 0 AND visible_at <= ${now} + ?3
        AND capability IN (SELECT value FROM json_each(?2))
      ORDER BY visible_at LIMIT 1`,

    // An owner that died while a suspect, of 3 claims, waited for its turn does not count: it ran
    // beside others.
    claim: `
      UPDATE ${task}
      SET status = 'running', worker_id = ?4, fence = fence + 1,
        claims = CASE claims WHEN 3 THEN 3 ELSE claims + 1 END,
        visible_at = ${NEVER}
      WHERE (tenant_id, execution_id) IN (${due})
      RETURNING tenant_id, execution_id, fence, run, claims`,

    // No row: the fence is lost, and the execution may not begin.
    isolate: `
      UPDATE ${task} SET claims = 4
      WHERE tenant_id = ?1 AND execution_id = ?2 AND fence = ?3 AND worker_id = ?4
      RETURNING fence`,

    // Gives back, each under the fence of its claim, what was claimed without an answer.
    disown: `
      UPDATE ${task}
      SET status = 'pending', worker_id = NULL, fence = fence + 1, claims = claims - 1,
        visible_at = ${now}
      WHERE worker_id IS NOT NULL AND (tenant_id, execution_id, fence) IN
        (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?2))`,

    claimedExecutions: `
      SELECT e.tenant_id, e.id, e.workflow_id, e.workflow_version, e.capability, e.input, e.context,
        e.created_at, ${now} AS now
      FROM ${keys} JOIN ${execution} e ON ${isKey('e.tenant_id', 'e.id')}`,

    // What completed in an earlier run stays valid; everything else counts for its own run only.
    claimedCheckpoints: `
      SELECT ${CHECKPOINT_COLUMNS}
      FROM ${keys.replace('?2', '?1')} JOIN ${task} t ON ${isKey('t.tenant_id', 't.execution_id')}
      JOIN ${step} s ON s.tenant_id = t.tenant_id AND s.execution_id = t.execution_id
      WHERE s.run = t.run OR s.status = 'completed'`,

    claimedAttempts: `
      SELECT a.tenant_id, a.execution_id, a.step_id, a.attempt, a.errors, a.started_at, a.finished_at,
        a.retry_at
      FROM ${keys.replace('?2', '?1')} JOIN ${task} t ON ${isKey('t.tenant_id', 't.execution_id')}
      JOIN ${attempt} a ON a.tenant_id = t.tenant_id AND a.execution_id = t.execution_id
        AND a.run = t.run`,

    // Crosses tenants: at boot, whatever an earlier life of this process held belongs to nobody. An
    // owner that wrote a checkpoint did not end without a word: it does not count against its execution.
    recover: `
      UPDATE ${task} AS t
      SET status = 'pending', worker_id = NULL, fence = fence + 1, visible_at = ${now},
        claims = CASE WHEN EXISTS (
          SELECT 1 FROM ${step} s
          WHERE s.tenant_id = t.tenant_id AND s.execution_id = t.execution_id AND s.fence = t.fence)
          THEN 0 ELSE claims END
      WHERE worker_id IS NOT NULL
      RETURNING tenant_id`,

    // Crosses tenants: a definition is missing for all of them.
    suspendUnknown: `
      UPDATE ${task}
      SET status = 'suspended', worker_id = NULL, visible_at = ${NEVER},
        reason = 'DEFINITION_MISSING: no registered workflow has the capability "' || capability || '".'
      WHERE status IN ('pending', 'waiting')
        AND capability NOT IN (SELECT value FROM json_each(?1))
      RETURNING tenant_id`,

    // Crosses tenants: the definition, or the tenant, may be back.
    resumeKnown: `
      UPDATE ${task}
      SET status = 'pending', reason = NULL, visible_at = ${now}
      WHERE status = 'suspended' AND capability IN (SELECT value FROM json_each(?2))
        AND (reason LIKE 'DEFINITION\\_MISSING:%' ESCAPE '\\' OR reason LIKE 'TENANT\\_MISSING:%' ESCAPE '\\')
      RETURNING tenant_id`,

    retryExecution: `
      UPDATE ${execution}
      SET status = 'pending', run = run + 1, output = NULL, errors = NULL, status_code = NULL,
        message = NULL, degraded = 0, finished_at = NULL
      WHERE tenant_id = ?1 AND id = ?2 AND status = 'failed'
      RETURNING run, fence, capability`,

    // One that runs keeps its key, however old it is.
    expireKey: `
      UPDATE ${execution} SET idempotency_key = NULL
      WHERE tenant_id = ?2 AND id = ?3 AND finished_at IS NOT NULL AND created_at <= ${now} - ?4
      RETURNING id`,

    findKey: `
      SELECT 1 FROM ${execution} WHERE tenant_id = ?1 AND id = ?2 AND idempotency_key IS NOT NULL`,

    // The fence goes on where the last one ended, so that it never repeats.
    createRetriedTask: `
      INSERT INTO ${task} (tenant_id, execution_id, queue, priority, visible_at, status, fence,
        claims, run, capability)
      VALUES (?2, ?3, 'default', 0, ${now}, 'pending', ?4, 0, ?5, ?6)`,

    findExecution: `
      SELECT ${EXECUTION_COLUMNS}
      FROM ${execution} e
      LEFT JOIN ${task} t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
      WHERE e.tenant_id = ?1 AND e.id = ?2`,

    findEndedExecutions: `
      SELECT ${EXECUTION_COLUMNS}
      FROM json_each(?2) k
      CROSS JOIN ${execution} e ON e.tenant_id = ?1 AND e.id = k.value
      LEFT JOIN ${task} t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
      WHERE e.finished_at IS NOT NULL`,

    // The latest word on each step: its checkpoint of this run, or the one that stayed valid. In the
    // order that is written: left to itself, SQLite begins with all the checkpoints of the tenant.
    checkpointsOf: `
      SELECT ${CHECKPOINT_COLUMNS}
      FROM json_each(?2) k
      CROSS JOIN ${execution} e ON e.tenant_id = ?1 AND e.id = k.value
      CROSS JOIN ${step} s ON s.tenant_id = e.tenant_id AND s.execution_id = e.id
      WHERE s.run = e.run OR s.status = 'completed'`,

    /** `?1` tenant, or null for all of them, which only the system scope may ask for. */
    countByStatus: `
      SELECT coalesce(t.status, e.status) AS status, count(*) AS executions
      FROM ${execution} e
      LEFT JOIN ${task} t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
      WHERE (?1 IS NULL OR e.tenant_id = ?1)
      GROUP BY 1`,
    list: (filter: Parameters<ExecutionStatements['list']>[0]) =>
      executionList(
        tables,
        { parameter: (position) => `?${position}`, moment: (value) => value },
        filter,
      ),

    ids: (ids: readonly string[]) => JSON.stringify(ids),
  } as const;
}

export type SqliteStatements = ReturnType<typeof sqliteStatements>;
