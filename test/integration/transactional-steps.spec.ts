import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { Context, Step, Workflow, WorkflowContext } from '@luxgen/workflow';
import { DATABASES, openDatabase, type Databases } from '../support/databases.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

/** What the next attempts of the transactional step do after they have written. */
const afterWrite: (() => void)[] = [];

@Workflow({
  id: 'transfer',
  version: '1.0.0',
  errorHandling: { strategy: 'retry', maxRetries: 2, retryDelay: 1 },
})
class TransferWorkflow {
  static readonly output = 'debit';

  @Step()
  prepare(@Context() context: WorkflowContext) {
    return { manager: describeManager(context) };
  }

  @Step({ dependencies: ['prepare'], transactional: true })
  async debit(@Context() context: WorkflowContext) {
    await context.manager.query(`INSERT INTO effect VALUES ('${context.tenantId}', 'debit')`);
    afterWrite.shift()?.();
    return { debited: true };
  }

  @Step({ dependencies: ['debit'], transactional: true })
  async credit(@Context() context: WorkflowContext) {
    await context.manager.query(`INSERT INTO effect VALUES ('${context.tenantId}', 'credit')`);
  }
}

function describeManager(context: WorkflowContext): string {
  try {
    return typeof context.manager;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe.each(DATABASES)('a transactional step on %s', (_name, start) => {
  let databases: Databases;
  let dataSource: DataSource;
  let running: WorkflowApp;
  beforeAll(async () => {
    databases = await start();
  }, 60_000);
  afterAll(() => databases.close());
  beforeEach(async () => {
    dataSource = await openDatabase(databases);
    await dataSource.query('CREATE TABLE effect (tenant_id text NOT NULL, name text NOT NULL)');
    running = await workflowApp({
      providers: [TransferWorkflow],
      options: { store: { dataSource } },
    });
  });
  afterEach(async () => {
    afterWrite.length = 0;
    await running.close();
    await dataSource.destroy();
  });

  const effects = async (): Promise<unknown[]> =>
    (await dataSource.query('SELECT name FROM effect ORDER BY name')) as unknown[];
  const run = () =>
    running.manager.runAsTenant('acme', () => running.manager.runWorkflow(TransferWorkflow));

  it('commits what it wrote together with its checkpoint', async () => {
    const result = await run();

    expect(result).toMatchObject({ success: true, data: { debited: true } });
    expect(await effects()).toEqual([{ name: 'credit' }, { name: 'debit' }]);
    expect(result.metadata?.steps.map(({ status }) => status)).toEqual([
      'completed',
      'completed',
      'completed',
    ]);
  });

  it('leaves nothing of an attempt that failed', async () => {
    afterWrite.push(() => {
      throw new Error('after the write');
    });

    const result = await run();

    expect(result.success).toBe(true);
    expect(await effects()).toEqual([{ name: 'credit' }, { name: 'debit' }]);
    expect(result.metadata?.steps[1]).toMatchObject({ stepId: 'debit', retryCount: 1 });
  });

  it('leaves nothing of a step that failed for good', async () => {
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      afterWrite.push(() => {
        throw new Error('after the write');
      });
    }

    const result = await run();

    expect(result).toMatchObject({ success: false, statusCode: 500 });
    expect(await effects()).toEqual([]);
  });

  it('has a manager only where it is transactional', async () => {
    await run();

    const [execution] = await running.manager.runAsTenant('acme', () =>
      running.manager.getTenantExecutions(),
    );
    expect(execution?.results[0]?.data).toEqual({ manager: 'TRANSACTION_REQUIRED' });
  });

  it('runs many at a time, each exactly once', async () => {
    const results = await Promise.all(Array.from({ length: 40 }, run));

    expect(results.every(({ success }) => success)).toBe(true);
    expect(await effects()).toHaveLength(80);
  });
});
