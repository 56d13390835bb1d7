import { Client } from 'pg';
import type { PostgresServer } from '../../support/embedded-postgres.js';
import { eventually } from '../../support/eventually.js';
import {
  createViolationView,
  readViolations,
  type Violation,
} from '../../support/invariants/violation-view.js';
import { SESSION_NAME } from '../worker/protocol.js';
import type {
  SiteDatabase,
  StoredCheckpoint,
  StoredExecution,
  StoredState,
} from './stored-state.js';

/** Milliseconds after which an heir has what a dead worker held. */
const LEASE = 1_500;

const TABLES = {
  execution: 'workflow_execution',
  task: 'workflow_task',
  step: 'workflow_step',
  attempt: 'workflow_attempt',
};

/** Of workers that have died, too: the server ends what they have sent. */
const SESSIONS = `
  SELECT 1 FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = '${SESSION_NAME}'`;

const milliseconds = (column: string): string =>
  `(extract(epoch FROM nullif(${column}, 'infinity')) * 1000)::float8`;

const EXECUTIONS = `
  SELECT e.id::text, e.idempotency_key AS key, coalesce(t.status, e.status) AS status,
    e.fence::int, ${milliseconds('e.finished_at')} AS "finishedAt", t.execution_id::text AS task,
    t.fence::int AS "taskFence", t.worker_id::text AS worker,
    ${milliseconds('t.visible_at')} AS "visibleAt", t.reason
  FROM workflow_execution e LEFT JOIN workflow_task t
    ON t.tenant_id = e.tenant_id AND t.execution_id = e.id ORDER BY e.id`;

const CHECKPOINTS = `
  SELECT e.idempotency_key AS key, s.step_id AS step, s.status
  FROM workflow_step s JOIN workflow_execution e
    ON e.tenant_id = s.tenant_id AND e.id = s.execution_id`;

type Rows = <T>(sql: string) => Promise<T[]>;

/** A new database on a server. */
export async function postgresDatabase(
  server: PostgresServer,
  name: string,
): Promise<SiteDatabase> {
  const { host, port, username, password } = await server.database(name);
  const url = `postgres://${username}:${String(password)}@${host}:${port}/${name}`;
  return {
    access: { database: url, store: 'postgres', lease: LEASE },
    stored: () => atRest(url, read),
    query: <T>(sql: string) => atRest(url, (rows) => rows<T>(sql)),
  };
}

/** Looks at one moment of the database, when the server has ended with the dead, and changes nothing. */
async function atRest<T>(url: string, look: (rows: Rows) => Promise<T>): Promise<T> {
  const client = new Client(url);
  const rows = async <R>(sql: string): Promise<R[]> => (await client.query(sql)).rows as R[];
  await client.connect();
  try {
    await eventually(async () => (await rows(SESSIONS)).length === 0);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    return await look(rows);
  } finally {
    await client.end();
  }
}

async function read(rows: Rows): Promise<StoredState> {
  const [made] = await rows<{ table: string | null }>(
    `SELECT to_regclass('workflow_migration')::text AS table`,
  );
  if (!made?.table) return { executions: [], checkpoints: [], violations: [] };
  await rows(createViolationView('postgres', TABLES));
  const violations = await rows<Violation>(readViolations());
  return {
    executions: await rows<StoredExecution>(EXECUTIONS),
    checkpoints: await rows<StoredCheckpoint>(CHECKPOINTS),
    violations: violations.map((violation) => Object.values(violation).join(' ')),
  };
}
