import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { DATABASES, openDatabase, type Databases } from '../support/databases.js';
import { step, workflow } from '../support/definitions.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

describe.each(DATABASES)('an execution that an operator deleted on %s', (_name, start) => {
  let databases: Databases;
  let dataSource: DataSource;
  let running: WorkflowApp;
  beforeAll(async () => {
    databases = await start();
  }, 60_000);
  afterAll(() => databases.close());
  beforeEach(async () => {
    dataSource = await openDatabase(databases);
    running = await workflowApp({ options: { store: { dataSource } } });
  });
  afterEach(async () => {
    await running.close();
    await dataSource.destroy();
  });

  const rows = async (): Promise<number> => {
    let sum = 0;
    for (const table of ['execution', 'task', 'step', 'attempt']) {
      const [{ count }] = await dataSource.query<[{ count: number | string }]>(
        `SELECT count(*) AS count FROM workflow_${table}`,
      );
      sum += Number(count);
    }
    return sum;
  };

  // Red when: libs/workflow/src/persistence/migrations/initial-schema.postgres.ts
  //   - REFERENCES ${execution} (tenant_id, id) ON DELETE CASCADE`;
  //   + REFERENCES ${execution} (tenant_id, id) ON DELETE NO ACTION`;
  it('F59 takes its steps with it, and its key begins anew without any of them', async () => {
    const { manager } = running;
    let attempts = 0;
    const work = (): number => {
      attempts += 1;
      if (attempts % 2 === 1) throw new Error('every other time');
      return attempts;
    };
    manager.registerWorkflow(
      {},
      workflow('w', [step('a', work, { retry: { maxRetries: 1, retryDelay: 0 } })]),
    );
    const run = () =>
      manager.runAsTenant('acme', () =>
        manager.runWorkflow('w', { n: 1 }, { idempotencyKey: 'once' }),
      );
    const first = await run();
    expect(first).toMatchObject({ success: true, data: 2 });
    expect((await run()).data).toBe(2);
    expect(await rows()).toBe(3);

    await dataSource.query('DELETE FROM workflow_execution');

    expect(await rows()).toBe(0);
    const again = await run();
    expect(again).toMatchObject({ success: true, data: 4 });
    expect(again.metadata?.executionId).not.toBe(first.metadata?.executionId);
    expect(again.metadata?.steps).toMatchObject([{ retryCount: 1 }]);
  });
});
