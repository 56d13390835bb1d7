import { Pool } from 'pg';
import { FaultyProxy } from '../faults/faulty-proxy.js';
import type { WorkerStore } from '../worker/protocol.js';
import { openServer, type PostgresHost } from './postgres-host.js';
import type { Remains, Site } from './site.js';
import { createViolations, VIOLATIONS } from './violations.js';

const SCHEMA = `
  CREATE TABLE chaos_effect (execution_id text NOT NULL, step text NOT NULL);
  CREATE TABLE chaos_handover (
    position bigint GENERATED ALWAYS AS IDENTITY,
    execution_id text NOT NULL,
    by text NOT NULL,
    taken boolean NOT NULL,
    at timestamptz NOT NULL
  )`;

const HANDOVERS = `
  CREATE FUNCTION chaos_note_handover() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos_handover (execution_id, by, taken, at)
    VALUES (
      CASE TG_OP WHEN 'DELETE' THEN OLD.execution_id ELSE NEW.execution_id END,
      current_setting('application_name'),
      TG_OP <> 'DELETE' AND NEW.worker_id IS NOT NULL,
      clock_timestamp()
    );
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_taken AFTER INSERT OR DELETE ON workflow_task
    FOR EACH ROW EXECUTE FUNCTION chaos_note_handover();
  CREATE TRIGGER chaos_changed AFTER UPDATE ON workflow_task FOR EACH ROW
    WHEN (OLD.worker_id IS DISTINCT FROM NEW.worker_id OR OLD.fence <> NEW.fence)
    EXECUTE FUNCTION chaos_note_handover()`;

/** A database on a PostgreSQL server, reached through a proxy when the network is to fail. */
export class PostgresSite implements Site {
  readonly store: WorkerStore;
  readonly afterBoot = [];
  private readonly admin: Pool;

  private constructor(
    private readonly host: PostgresHost,
    readonly proxy: FaultyProxy | undefined,
  ) {
    const { address } = host;
    this.store = {
      kind: 'postgres',
      engine: proxy ? { ...address, host: '127.0.0.1', port: proxy.port } : address,
      effects: address,
    };
    this.admin = new Pool({ ...address, max: 2, application_name: 'harness' });
    this.admin.on('connect', (client) => client.on('error', () => undefined));
    this.admin.on('error', () => undefined);
  }

  static async open(throughProxy: boolean): Promise<PostgresSite> {
    const host = await openServer();
    const site = new PostgresSite(
      host,
      throughProxy ? await FaultyProxy.open(host.address) : undefined,
    );
    await site.admin.query(SCHEMA);
    return site;
  }

  readonly beforeBoot = () => [];

  async instrument(): Promise<void> {
    await this.admin.query(HANDOVERS);
  }

  async remaining(): Promise<number> {
    const { rows } = await this.admin.query<{ tasks: number }>(
      'SELECT count(*)::int AS tasks FROM workflow_task',
    );
    return rows[0]?.tasks ?? 0;
  }

  async remains(): Promise<Remains> {
    const executions = await this.admin.query<Remains['executions'][number]>(`
      SELECT e.tenant_id AS tenant, e.id::text, e.idempotency_key AS key,
        coalesce(t.status, e.status) AS status, e.errors
      FROM workflow_execution e
      LEFT JOIN workflow_task t ON t.tenant_id = e.tenant_id AND t.execution_id = e.id`);
    const effects = await this.admin.query<Remains['effects'][number]>(`
      SELECT execution_id AS execution, step, count(*)::int AS times
      FROM chaos_effect GROUP BY 1, 2`);
    const handovers = await this.admin.query<Remains['handovers'][number]>(`
      SELECT execution_id AS execution, by, taken,
        (extract(epoch FROM at) * 1000)::float8 AS at
      FROM chaos_handover ORDER BY position`);
    await this.admin.query(createViolations('postgres'));
    const violations = await this.admin.query<Remains['violations'][number]>(VIOLATIONS);
    return {
      executions: executions.rows,
      effects: effects.rows,
      handovers: handovers.rows,
      integrity: 'ok',
      violations: violations.rows,
    };
  }

  /** What a power failure of the server looks like to its clients. */
  stopHard(): Promise<void> {
    return this.host.stopHard();
  }

  start(): Promise<void> {
    return this.host.start();
  }

  /** Ends the sessions of all workers, whatever they are in the middle of. */
  async terminateBackends(): Promise<void> {
    await this.admin.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name LIKE 'chaos-%' AND datname = current_database()`);
  }

  async close(): Promise<void> {
    await this.proxy?.close();
    await this.admin.end().catch(() => undefined);
    await this.host.close();
  }
}
