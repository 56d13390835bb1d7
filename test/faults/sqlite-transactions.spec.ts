import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Context, Step, Workflow, WorkflowContext } from '@luxgen/workflow';
import { gate } from '../support/gate.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const require = createRequire(import.meta.url);

const WORKFLOWS = 20;

@Workflow({ id: 'order', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class OrderWorkflow {
  @Step({ transactional: true })
  async charge(@Context() context: WorkflowContext) {
    await context.manager.query(`INSERT INTO effect VALUES ('step')`);
    return { charged: true };
  }
}

describe('a transaction of the application on the SQLite connection of the engine', () => {
  let folder: string;
  let dataSource: DataSource;
  let running: WorkflowApp;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'luxgen-sqlite-'));
    dataSource = await new DataSource({
      type: 'better-sqlite3',
      driver: require('libsql') as unknown,
      database: join(folder, 'application.sqlite'),
    }).initialize();
    await dataSource.query('CREATE TABLE effect (name text NOT NULL)');
    running = await workflowApp({ providers: [OrderWorkflow], options: { store: { dataSource } } });
  });
  afterEach(async () => {
    await running.close();
    await dataSource.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const run = () =>
    running.manager.runAsTenant('acme', () => running.manager.runWorkflow(OrderWorkflow));
  const effects = () =>
    dataSource.query<{ name: string; times: number }[]>(
      'SELECT name, count(*) AS times FROM effect GROUP BY 1 ORDER BY 1',
    );

  // Red when: libs/workflow/src/persistence/sqlite/connection-gate.ts
  //   - const release = await this.lock.acquire(this.checkoutTimeout);
  //   + const release = () => undefined;
  it('F34 takes nothing of the engine with it when it rolls back, and nothing of it is seen before', async () => {
    const open = gate();
    const written = gate();
    const mine = dataSource
      .transaction(async (manager) => {
        await manager.query(`INSERT INTO effect VALUES ('mine')`);
        written.open();
        await open.passed;
        throw new Error('changed my mind');
      })
      .catch((error: unknown) => error);
    await written.passed;

    const results = Array.from({ length: WORKFLOWS }, run);
    const settled = await Promise.race([Promise.all(results), turns(100)]);
    open.open();

    // The one connection is taken: they wait, and the event loop does not.
    expect(settled).toBe('turned');
    expect(await mine).toMatchObject({ message: 'changed my mind' });
    expect((await Promise.all(results)).every(({ success }) => success)).toBe(true);
    expect(await effects()).toEqual([{ name: 'step', times: WORKFLOWS }]);
  });

  // Red when: libs/workflow/src/persistence/sqlite/runner-lease.ts
  //   - return this.hold ? this.gate.within(this.hold, work) : work();
  //   + return work();
  it('F34 is refused what would wait for itself, and keeps what it wrote', async () => {
    const mine = dataSource.transaction(async (manager) => {
      await manager.query(`INSERT INTO effect VALUES ('mine')`);
      await expect(run()).rejects.toMatchObject({ code: 'SQLITE_REENTRANT' });
    });

    await mine;
    expect((await run()).success).toBe(true);
    expect(await effects()).toEqual([
      { name: 'mine', times: 1 },
      { name: 'step', times: 1 },
    ]);
  });
});

/** Turns of the event loop. */
async function turns(count: number): Promise<string> {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  return 'turned';
}
