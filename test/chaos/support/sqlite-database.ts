import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import type { SiteDatabase, StoredState } from './stored-state.js';

const ENDED = `('completed', 'failed', 'cancelled')`;

/** Queries that must find nothing. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  'an execution that has not ended has no task': `
    SELECT e.id FROM workflow_execution e LEFT JOIN workflow_task t
      ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
    WHERE e.status NOT IN ${ENDED} AND t.execution_id IS NULL`,
  'an execution that has ended has a task': `
    SELECT e.id FROM workflow_execution e JOIN workflow_task t
      ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
    WHERE e.status IN ${ENDED}`,
  'an execution has ended at no moment': `
    SELECT id FROM workflow_execution WHERE (status IN ${ENDED}) <> (finished_at IS NOT NULL)`,
  'a task runs without an owner, or has one without running': `
    SELECT execution_id FROM workflow_task WHERE (status = 'running') <> (worker_id IS NOT NULL)`,
  'a task waits for nothing': `
    SELECT execution_id FROM workflow_task
    WHERE status IN ('pending', 'waiting') AND visible_at > (unixepoch() + 7200) * 1000`,
  'a task is suspended without a reason': `
    SELECT execution_id FROM workflow_task WHERE (status = 'suspended') <> (reason IS NOT NULL)`,
  'a step was settled under a fence that did not exist yet': `
    SELECT s.execution_id FROM workflow_step s JOIN workflow_execution e
      ON e.tenant_id = s.tenant_id AND e.id = s.execution_id
    LEFT JOIN workflow_task t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id
    WHERE s.fence > coalesce(t.fence, e.fence)`,
  'a completed execution misses a checkpoint of the step it depends on': `
    SELECT s.execution_id FROM workflow_step s
    WHERE s.step_id = 'ship' AND (SELECT count(*) FROM workflow_step o
      WHERE o.tenant_id = s.tenant_id AND o.execution_id = s.execution_id
        AND o.step_id IN ('reserve', 'charge', 'pack')) <> 3`,
};

/** A file, of which copies are read. */
export const sqliteDatabase = (file: string): SiteDatabase => ({
  access: { database: file, store: 'data-source' },
  stored: () => Promise.resolve(onCopy(file, read)),
  query: <T>(sql: string) =>
    Promise.resolve(onCopy(file, (copy) => copy.prepare(sql).all() as T[])),
});

function onCopy<T>(database: string, work: (copy: Libsql.Database) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'stored-'));
  try {
    for (const suffix of ['', '-wal', '-journal']) {
      if (existsSync(database + suffix))
        copyFileSync(database + suffix, join(folder, `db${suffix}`));
    }
    const copy = new Libsql(join(folder, 'db'));
    try {
      return work(copy);
    } finally {
      copy.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(copy: Libsql.Database): StoredState {
  const rows = <T>(sql: string): T[] => copy.prepare(sql).all() as T[];
  const integrity = rows<{ integrity_check: string }>('PRAGMA integrity_check');
  const strays = rows<{ table: string }>('PRAGMA foreign_key_check');
  const violations = [
    ...integrity
      .filter(({ integrity_check: said }) => said !== 'ok')
      .map((row) => row.integrity_check),
    ...strays.map(({ table }) => `a row of ${table} refers to nothing`),
  ];
  const [tables] = rows<{ count: number }>(
    `SELECT count(*) AS count FROM sqlite_master WHERE name = 'workflow_migration'`,
  );
  if (tables?.count !== 1) return { executions: [], checkpoints: [], violations };
  for (const [sentence, sql] of Object.entries(FORBIDDEN)) {
    if (rows(sql).length > 0) violations.push(sentence);
  }
  return {
    executions: rows(`
      SELECT e.id, e.idempotency_key AS key, coalesce(t.status, e.status) AS status, e.fence,
        e.finished_at AS finishedAt, t.execution_id AS task, t.fence AS taskFence,
        t.worker_id AS worker, t.visible_at AS visibleAt, t.reason
      FROM workflow_execution e LEFT JOIN workflow_task t
        ON t.tenant_id = e.tenant_id AND t.execution_id = e.id ORDER BY e.id`),
    checkpoints: rows(`
      SELECT e.idempotency_key AS key, s.step_id AS step, s.status
      FROM workflow_step s JOIN workflow_execution e
        ON e.tenant_id = s.tenant_id AND e.id = s.execution_id`),
    violations,
  };
}
