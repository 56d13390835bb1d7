import type { TableNames } from '../../table-names.js';
import { clock, NEVER, ownCheckpoint, ownTask } from './sqlite.expressions.js';

/**
 * The statements of the journal on SQLite. All but the first are given the moment of their
 * transaction as `?1`, in milliseconds: rows that SQLite returns cost more than all they say.
 */
export function sqliteJournalStatements(tables: TableNames) {
  const { execution, task, step, attempt } = tables;

  return {
    /** `?1` is the offset of the clock in milliseconds, zero outside tests. */
    moment: `SELECT ${clock} + ?1 AS now`,

    // What exists changes nothing: its idempotency key, or it itself when an earlier answer was lost.
    createExecution: `
      INSERT INTO ${execution} (tenant_id, id, workflow_id, workflow_version, definition_hash,
        capability, status, run, fence, user_id, idempotency_key, input_hash, input, context, created_at)
      VALUES (?2, ?3, ?4, ?5, ?6, ?7, 'pending', 1, 0, ?8, ?9, ?10, ?11, ?12, ?1)
      ON CONFLICT DO NOTHING`,

    /** Rows of the insert before, for who cannot ask the driver. */
    changes: `SELECT changes() AS changes`,

    findExisting: `
      SELECT id, input_hash, created_at FROM ${execution}
      WHERE tenant_id = ?1 AND (id = ?2 OR (workflow_id = ?3 AND idempotency_key = ?4))`,

    // What ended by our own hand, in a commit whose answer was lost.
    findOwnEnd: `
      SELECT finished_at FROM ${execution}
      WHERE tenant_id = ?1 AND id = ?2 AND fence = ?3 AND run = ?4 AND finished_at IS NOT NULL`,

    createPendingTask: `
      INSERT INTO ${task} (tenant_id, execution_id, queue, priority, visible_at, status, fence,
        claims, run, capability)
      VALUES (?2, ?3, 'default', 0, ?1, 'pending', 0, 0, 1, ?4)`,

    createOwnedTask: `
      INSERT INTO ${task} (tenant_id, execution_id, queue, priority, visible_at, status, worker_id,
        fence, claims, run, capability)
      VALUES (?1, ?2, 'default', 0, ${NEVER}, 'running', ?4, 1, 1, 1, ?3)`,

    // No row: the fence is lost, and nothing of the transition may be written.
    checkFence: ownTask(tables),

    insertAttempt: `
      INSERT INTO ${attempt} (tenant_id, execution_id, fence, run, step_id, attempt, errors,
        started_at, finished_at, retry_at)
      VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?1 + ?11)
      ON CONFLICT DO NOTHING`,

    // The first of a transition asks for the fence itself: nothing is changed when it is lost.
    insertFirstCheckpoint: ownCheckpoint(tables),

    // First writer wins: a checkpoint is never changed within a run.
    insertCheckpoint: `
      INSERT INTO ${step} (tenant_id, execution_id, fence, run, step_id, status, attempts, output,
        errors, status_code, reason, writes, audit, usage, started_at, finished_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
      ON CONFLICT DO NOTHING`,

    removeTask: `DELETE FROM ${task} WHERE tenant_id = ?1 AND execution_id = ?2`,

    finishExecution: `
      UPDATE ${execution}
      SET status = ?4, output = ?5, errors = ?6, status_code = ?7, message = ?8, degraded = ?9,
        fence = ?10, finished_at = ?1
      WHERE tenant_id = ?2 AND id = ?3`,

    park: `
      UPDATE ${task}
      SET status = 'waiting', worker_id = NULL, claims = 0, visible_at = ?1 + ?4
      WHERE tenant_id = ?2 AND execution_id = ?3`,

    suspend: `
      UPDATE ${task}
      SET status = 'suspended', reason = ?3, worker_id = NULL, claims = 0, visible_at = ${NEVER}
      WHERE tenant_id = ?1 AND execution_id = ?2`,

    // Given back in good order: the next owner starts with a clean count of claims.
    release: `
      UPDATE ${task}
      SET status = 'pending', worker_id = NULL, fence = fence + 1, claims = claims - 1,
        visible_at = ?1 + ?4
      WHERE tenant_id = ?2 AND execution_id = ?3`,
  } as const;
}

export type SqliteJournalStatements = ReturnType<typeof sqliteJournalStatements>;
