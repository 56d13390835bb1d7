import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Step, Workflow } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { workflowApp } from '../support/workflow-app.js';

@Workflow({ id: 'elsewhere', version: '1.0.0' })
class ElsewhereWorkflow {
  @Step()
  work() {
    return { done: true };
  }
}

describe('an execution that another process runs', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  it('gives its result to the process that started it', async () => {
    const database = await server.database('elsewhere');
    const open = (worker: boolean) =>
      new DataSource(database).initialize().then(async (dataSource) => {
        const running = await workflowApp({
          providers: [ElsewhereWorkflow],
          options: { worker, pollInterval: 20, store: { dataSource } },
        });
        return { ...running, end: () => running.close().then(() => dataSource.destroy()) };
      });
    const starter = await open(false);
    const worker = await open(true);

    const result = await starter.manager.runAsTenant('acme', () =>
      starter.manager.runWorkflow(ElsewhereWorkflow),
    );

    await starter.end();
    await worker.end();
    expect(result).toMatchObject({ success: true, data: { done: true } });
  });
});
