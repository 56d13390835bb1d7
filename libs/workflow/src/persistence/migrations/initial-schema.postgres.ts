import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { TableNames } from '../table-names.js';

/** The first shapes on PostgreSQL: the same tables and keys as on SQLite, with its own types. */
export class InitialSchemaPostgres implements MigrationInterface {
  readonly name = 'InitialSchema1700000000000';

  constructor(private readonly tables: TableNames) {}

  async up(runner: QueryRunner): Promise<void> {
    const { execution, task, step, attempt } = this.tables;
    const reference = `FOREIGN KEY (tenant_id, execution_id) REFERENCES ${execution} (tenant_id, id) ON DELETE CASCADE`;
    const statements = [
      `CREATE TABLE ${execution} (
        tenant_id text NOT NULL,
        id uuid NOT NULL,
        workflow_id text NOT NULL,
        workflow_version text NOT NULL,
        definition_hash text NOT NULL,
        capability text NOT NULL,
        status text NOT NULL,
        run integer NOT NULL,
        fence bigint NOT NULL,
        user_id text,
        idempotency_key text,
        input_hash text NOT NULL,
        input text NOT NULL,
        context text NOT NULL,
        output text,
        errors text,
        status_code integer,
        message text,
        degraded boolean NOT NULL DEFAULT false,
        created_at timestamptz(3) NOT NULL,
        finished_at timestamptz(3),
        PRIMARY KEY (tenant_id, id)
      )`,
      `CREATE UNIQUE INDEX ${execution}_idempotency
        ON ${execution} (tenant_id, workflow_id, idempotency_key)
        WHERE idempotency_key IS NOT NULL`,
      `CREATE INDEX ${execution}_status ON ${execution} (tenant_id, status, id)`,
      `CREATE INDEX ${execution}_workflow ON ${execution} (tenant_id, workflow_id, id)`,
      // Every claim, heartbeat and end rewrites a row: room for it on the page, and a vacuum that
      // comes by the number of dead rows instead of by their share.
      `CREATE TABLE ${task} (
        tenant_id text NOT NULL,
        execution_id uuid NOT NULL,
        queue text NOT NULL,
        priority smallint NOT NULL,
        visible_at timestamptz NOT NULL,
        status text NOT NULL,
        reason text,
        worker_id uuid,
        fence bigint NOT NULL,
        claims integer NOT NULL,
        run integer NOT NULL,
        capability text NOT NULL,
        PRIMARY KEY (tenant_id, execution_id),
        ${reference}
      ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0,
        autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000)`,
      `CREATE INDEX ${task}_ready ON ${task} (queue, priority, visible_at)`,
      `CREATE TABLE ${step} (
        tenant_id text NOT NULL,
        execution_id uuid NOT NULL,
        step_id text NOT NULL,
        run integer NOT NULL,
        fence bigint NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL,
        output text,
        errors text,
        status_code integer,
        reason text,
        writes text,
        audit text,
        usage text,
        started_at timestamptz(3),
        finished_at timestamptz(3) NOT NULL,
        PRIMARY KEY (tenant_id, execution_id, step_id, run),
        ${reference}
      )`,
      `CREATE TABLE ${attempt} (
        tenant_id text NOT NULL,
        execution_id uuid NOT NULL,
        step_id text NOT NULL,
        run integer NOT NULL,
        attempt integer NOT NULL,
        fence bigint NOT NULL,
        errors text NOT NULL,
        started_at timestamptz(3) NOT NULL,
        finished_at timestamptz(3) NOT NULL,
        retry_at timestamptz(3) NOT NULL,
        PRIMARY KEY (tenant_id, execution_id, step_id, run, attempt),
        ${reference}
      )`,
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const { execution, task, step, attempt } = this.tables;
    for (const table of [attempt, step, task, execution]) await runner.query(`DROP TABLE ${table}`);
  }
}
