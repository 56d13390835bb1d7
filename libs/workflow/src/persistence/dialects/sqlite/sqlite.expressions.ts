import type { TableNames } from '../../table-names.js';

/** Milliseconds since the epoch, by the database. */
export const clock = `cast(unixepoch('subsec') * 1000 AS integer)`;

/** Due time of what has an owner or waits for a person: the last millisecond of the year 9999. */
export const NEVER = 253_402_300_799_999;

/** Inserts a checkpoint if its owner, `?2` to `?6`, still holds the fence. First writer wins. */
export const ownCheckpoint = ({ step, task }: TableNames): string => `
      INSERT INTO ${step} (tenant_id, execution_id, fence, run, step_id, status, attempts, output,
        errors, status_code, reason, writes, audit, usage, started_at, finished_at)
      SELECT ?2, ?3, ?4, ?5, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18
      FROM ${task}
      WHERE tenant_id = ?2 AND execution_id = ?3 AND fence = ?4 AND run = ?5 AND worker_id = ?6
      ON CONFLICT DO NOTHING`;

/** Whether an owner, `?1` to `?5`, still holds the fence. */
export const ownTask = ({ task }: TableNames): string => `
      SELECT 1 FROM ${task}
      WHERE tenant_id = ?1 AND execution_id = ?2 AND fence = ?3 AND run = ?4 AND worker_id = ?5`;
