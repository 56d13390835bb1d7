import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';

/** A row of `workflow_execution`, with its task if it has one. */
export interface StoredExecution {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly fence: number;
  readonly finishedAt: number | null;
  readonly task: string | null;
  readonly taskFence: number | null;
  readonly worker: string | null;
  readonly visibleAt: number | null;
  readonly reason: string | null;
}

/** A row of `workflow_step`. */
export interface StoredCheckpoint {
  readonly key: string;
  readonly step: string;
  readonly status: string;
}

/** What is durable at one moment. */
export interface StoredState {
  readonly executions: readonly StoredExecution[];
  readonly checkpoints: readonly StoredCheckpoint[];
  /** What must never be, as sentences; also in the middle of the work. */
  readonly violations: readonly string[];
}

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

/** Reads the file of a worker that is dead or at rest, without touching it. */
export const readStored = (database: string): StoredState => onCopy(database, read);

/** Rows of a query, from such a file. */
export const queryStored = <T>(database: string, sql: string): T[] =>
  onCopy(database, (copy) => copy.prepare(sql).all() as T[]);

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

/** How often each step of each key has acted, by `<key> <step>`. */
export function readEffects(file: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (!existsSync(file)) return counts;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}
