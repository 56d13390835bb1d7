import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { DATABASES, openDatabase, type Databases } from '../support/databases.js';
import { step, workflow } from '../support/definitions.js';
import { eventually } from '../support/eventually.js';
import { postgresWorkers } from '../support/postgres-workers.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const order = (version: string, ran: string[], by: string, ids: readonly string[]) =>
  workflow(
    'order',
    ids.map((id, index) =>
      step(
        id,
        () => {
          ran.push(`${by} ${id}`);
          return id;
        },
        { dependencies: ids.slice(0, index).slice(-1) },
      ),
    ),
    { version },
  );

describe('F57 an old and a new version of an application on one database', () => {
  const workers = postgresWorkers();

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - visible_at <= ${now} AND capability = ANY ($2::text[])
  //   + visible_at <= ${now} AND (capability = ANY ($2::text[]) OR true)
  it('F57 each run what they know, and leave the rest to the other', async () => {
    const ran: string[] = [];
    const options = { pollInterval: 20 };
    const old = await workers.open({ options });
    const starter = await workers.open({ options: { worker: false } });
    old.manager.registerWorkflow({}, order('1.0.0', ran, 'old', ['pay']));
    // The same version with another graph, and a version that is new.
    starter.manager.registerWorkflow({}, order('1.0.0', [], '', ['pay', 'ship']));
    starter.manager.registerWorkflow({}, order('2.0.0', [], '', ['pay', 'ship', 'thank']));
    const asAcme = <T>({ manager }: typeof old, work: () => Promise<T>): Promise<T> =>
      manager.runAsTenant('acme', work);
    const started = await asAcme(starter, () => starter.manager.startWorkflow('order'));
    for (let runs = 0; runs < 20; runs += 1) {
      const run = await asAcme(old, () => old.manager.runWorkflow('order'));
      expect(run).toMatchObject({ success: true, data: 'pay' });
    }
    const id = String(started.executionId);
    expect(await asAcme(old, () => old.manager.getExecutionStatus(id))).toMatchObject({
      status: 'pending',
    });
    expect(new Set(ran)).toEqual(new Set(['old pay']));

    const next = await workers.open({ options });
    next.manager.registerWorkflow({}, order('2.0.0', ran, 'new', ['pay', 'ship', 'thank']));
    await eventually(async () => {
      const seen = await asAcme(old, () => old.manager.getExecutionStatus(id));
      return seen?.status === 'completed';
    });
    expect(ran.filter((line) => line.startsWith('new'))).toEqual([
      'new pay',
      'new ship',
      'new thank',
    ]);
  }, 30_000);
});

/** What the next version may do to the tables while workers of this one still run. */
const EXPANSIONS = [
  'ALTER TABLE workflow_execution ADD COLUMN region text',
  'ALTER TABLE workflow_task ADD COLUMN weight integer NOT NULL DEFAULT 1',
  'ALTER TABLE workflow_step ADD COLUMN cost bigint',
  'ALTER TABLE workflow_attempt ADD COLUMN host text',
  'CREATE INDEX workflow_execution_region ON workflow_execution (tenant_id, region)',
  `INSERT INTO workflow_migration VALUES ('TheNextOne1800000000000', 1)`,
];

// Red when: libs/workflow/src/persistence/migration-runner.ts
//   - const done = await query(`SELECT 1 ${entry}`, []);
//   + const done = await query(`SELECT 1 ${entry} AND NOT EXISTS (SELECT 1 FROM ${tables.migration} WHERE name > '${migration.name}')`, []);
describe.each(DATABASES)('F57 tables of the next version on %s', (_name, start) => {
  let databases: Databases;
  let dataSource: DataSource;
  const open: WorkflowApp[] = [];
  beforeAll(async () => {
    databases = await start();
  }, 60_000);
  afterAll(() => databases.close());
  afterEach(async () => {
    for (const app of open.splice(0)) await app.close();
    await dataSource.destroy();
  });

  it('serve workers of this one, also those that boot after the change', async () => {
    dataSource = await openDatabase(databases);
    const boot = async (): Promise<WorkflowApp> => {
      const app = await workflowApp({ options: { store: { dataSource } } });
      open.push(app);
      app.manager.registerWorkflow(
        {},
        workflow('w', [
          step(
            'a',
            ({ retryCount }) => {
              if (retryCount === 0) throw new Error('once');
              return retryCount;
            },
            { retry: { maxRetries: 1, retryDelay: 0 } },
          ),
        ]),
      );
      return app;
    };
    const run = ({ manager }: WorkflowApp) =>
      manager.runAsTenant('acme', () => manager.runWorkflow('w'));
    const first = await boot();
    expect(await run(first)).toMatchObject({ success: true, data: 1 });

    for (const statement of EXPANSIONS) await dataSource.query(statement);

    expect(await run(first)).toMatchObject({ success: true, data: 1 });
    await first.close();
    open.length = 0;
    const second = await boot();
    expect(await run(second)).toMatchObject({ success: true, data: 1 });
    const listed = await second.manager.runAsTenant('acme', () =>
      second.manager.getTenantExecutions(),
    );
    expect(listed.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  }, 30_000);
});
