import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Step, Workflow, type WorkflowModuleOptions } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

/** So rarely does anybody look who was not told to. */
const NEVER = '1h';

let begun: Tally;
let gates: Gate<unknown>[];

@Workflow({ id: 'told', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class ToldWorkflow {
  @Step()
  async work() {
    await gates[begun.mark() - 1]?.passed;
    return { done: true };
  }
}

describe('processes that share a PostgreSQL database', () => {
  let server: PostgresServer;
  let databases = 0;
  let database: Awaited<ReturnType<PostgresServer['database']>>;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    begun = new Tally();
    gates = [];
    database = await server.database(`notifications_${(databases += 1)}`);
  });
  afterEach(async () => {
    for (const held of gates) held.open(undefined);
    for (const closing of open.splice(0).reverse()) await closing.close();
  });

  const process = async (
    options: WorkflowModuleOptions = {},
  ): Promise<WorkflowApp & { readonly dataSource: DataSource }> => {
    const dataSource = await new DataSource(database).initialize();
    open.push({ close: () => dataSource.destroy() });
    const running = await workflowApp({
      providers: [ToldWorkflow],
      options: { pollInterval: NEVER, ...options, store: { dataSource, ...options.store } },
    });
    open.push(running);
    return { ...running, dataSource };
  };
  const asAcme = <T>({ manager }: WorkflowApp, work: () => Promise<T>): Promise<T> =>
    manager.runAsTenant('acme', work);

  it('tells a worker of work, and who waits of its end', async () => {
    await process();
    const starter = await process({ worker: false });

    for (let round = 0; round < 3; round += 1) {
      const result = await asAcme(starter, () => starter.manager.runWorkflow(ToldWorkflow));
      expect(result).toMatchObject({ success: true, data: { done: true } });
    }
  });

  it('tells who joined an execution of its end', async () => {
    const runner = await process();
    const other = await process({ worker: false });
    gates = [gate()];
    const options = { idempotencyKey: 'once' };
    await asAcme(runner, () => runner.manager.startWorkflow(ToldWorkflow, {}, options));
    await begun.reached(1);
    const joined = await asAcme(other, () =>
      other.manager.startWorkflow(ToldWorkflow, {}, options),
    );
    gates[0]?.open(undefined);

    expect(joined).toMatchObject({ accepted: true, joined: true });
    expect(await joined.result()).toMatchObject({ success: true });
  });
});
