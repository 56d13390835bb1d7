import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tenant is the first column of every key and index. */
export class CreateDemoTables1800000000000 implements MigrationInterface {
  readonly name = 'CreateDemoTables1800000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        tenant_id     text NOT NULL,
        id            text NOT NULL,
        email         text NOT NULL,
        first_name    text NOT NULL,
        last_name     text NOT NULL,
        password_hash text NOT NULL,
        created_at    datetime NOT NULL,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, email)
      )`);
    await runner.query(`
      CREATE TABLE job_posts (
        tenant_id    text NOT NULL,
        id           text NOT NULL,
        title        text NOT NULL,
        description  text NOT NULL,
        published_by text,
        published_at datetime NOT NULL,
        PRIMARY KEY (tenant_id, id)
      )`);
    await runner.query(`
      CREATE TABLE activities (
        tenant_id text NOT NULL,
        id        text NOT NULL,
        action    text NOT NULL,
        subject   text NOT NULL,
        actor_id  text,
        at        datetime NOT NULL,
        PRIMARY KEY (tenant_id, id)
      )`);
    await runner.query('CREATE INDEX activities_by_time ON activities (tenant_id, at)');
    await runner.query(`
      CREATE TABLE step_runs (
        tenant_id    text NOT NULL,
        id           text NOT NULL,
        execution_id text NOT NULL,
        step_id      text NOT NULL,
        process_id   integer NOT NULL,
        began_at     datetime NOT NULL,
        PRIMARY KEY (tenant_id, id)
      )`);
    await runner.query(
      'CREATE INDEX step_runs_by_execution ON step_runs (tenant_id, execution_id, began_at)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['step_runs', 'activities', 'job_posts', 'users']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
