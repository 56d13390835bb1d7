import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { TableNames } from '../table-names.js';

/**
 * The first shapes. Every key and index begins with the tenant, but for the one index that serves
 * the claim, which looks for due work of all tenants.
 */
export class InitialSchemaSqlite implements MigrationInterface {
  readonly name = 'InitialSchema1700000000000';

  constructor(private readonly tables: TableNames) {}

  async up(runner: QueryRunner): Promise<void> {
    const { execution, task, step, attempt } = this.tables;
    const statements = [
      // Cold and wide: written at the start and at the end.
      `CREATE TABLE ${execution} (
        tenant_id text NOT NULL,
        id text NOT NULL,
        workflow_id text NOT NULL,
        workflow_version text NOT NULL,
        definition_hash text NOT NULL,
        capability text NOT NULL,
        status text NOT NULL,
        run integer NOT NULL,
        fence integer NOT NULL,
        user_id text,
        idempotency_key text,
        input_hash text NOT NULL,
        input text NOT NULL,
        context text NOT NULL,
        output text,
        errors text,
        status_code integer,
        message text,
        degraded integer NOT NULL DEFAULT 0,
        created_at integer NOT NULL,
        finished_at integer,
        PRIMARY KEY (tenant_id, id)
      )`,
      `CREATE UNIQUE INDEX ${execution}_idempotency
        ON ${execution} (tenant_id, workflow_id, idempotency_key)
        WHERE idempotency_key IS NOT NULL`,
      `CREATE INDEX ${execution}_status ON ${execution} (tenant_id, status, id)`,
      `CREATE INDEX ${execution}_workflow ON ${execution} (tenant_id, workflow_id, id)`,
      // Hot and narrow: there is a row exactly as long as its execution has not ended.
      `CREATE TABLE ${task} (
        tenant_id text NOT NULL,
        execution_id text NOT NULL,
        queue text NOT NULL,
        priority integer NOT NULL,
        visible_at integer NOT NULL,
        status text NOT NULL,
        reason text,
        worker_id text,
        fence integer NOT NULL,
        claims integer NOT NULL,
        run integer NOT NULL,
        capability text NOT NULL,
        PRIMARY KEY (tenant_id, execution_id),
        FOREIGN KEY (tenant_id, execution_id) REFERENCES ${execution} (tenant_id, id) ON DELETE CASCADE
      ) WITHOUT ROWID`,
      `CREATE INDEX ${task}_ready ON ${task} (queue, priority, visible_at)`,
      `CREATE TABLE ${step} (
        tenant_id text NOT NULL,
        execution_id text NOT NULL,
        step_id text NOT NULL,
        run integer NOT NULL,
        fence integer NOT NULL,
        status text NOT NULL,
        attempts integer NOT NULL,
        output text,
        errors text,
        status_code integer,
        reason text,
        writes text,
        audit text,
        usage text,
        started_at integer,
        finished_at integer NOT NULL,
        PRIMARY KEY (tenant_id, execution_id, step_id, run),
        FOREIGN KEY (tenant_id, execution_id) REFERENCES ${execution} (tenant_id, id) ON DELETE CASCADE
      )`,
      `CREATE TABLE ${attempt} (
        tenant_id text NOT NULL,
        execution_id text NOT NULL,
        step_id text NOT NULL,
        run integer NOT NULL,
        attempt integer NOT NULL,
        fence integer NOT NULL,
        errors text NOT NULL,
        started_at integer NOT NULL,
        finished_at integer NOT NULL,
        retry_at integer NOT NULL,
        PRIMARY KEY (tenant_id, execution_id, step_id, run, attempt),
        FOREIGN KEY (tenant_id, execution_id) REFERENCES ${execution} (tenant_id, id) ON DELETE CASCADE
      )`,
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const { execution, task, step, attempt } = this.tables;
    for (const table of [attempt, step, task, execution]) await runner.query(`DROP TABLE ${table}`);
  }
}
