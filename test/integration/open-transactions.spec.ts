import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { WorkflowHandle } from '@luxgen/workflow';
import { DATABASES, openDatabase, type Databases } from '../support/databases.js';
import { gate } from '../support/gate.js';
import { ShippingWorkflow } from '../support/shipping.workflow.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const [[, sqlite], [, postgres]] = DATABASES as [
  (typeof DATABASES)[number],
  (typeof DATABASES)[number],
];

const site = (databases: () => Databases, concurrency: number) => {
  let dataSource!: DataSource;
  let running!: WorkflowApp;
  beforeEach(async () => {
    dataSource = await openDatabase(databases());
    running = await workflowApp({
      providers: [ShippingWorkflow],
      options: { store: { dataSource }, limits: { concurrency } },
    });
  });
  afterEach(async () => {
    await running.close();
    await dataSource.destroy();
  });
  const start = (
    tenant: string,
    id: number,
    idempotencyKey?: string,
  ): Promise<WorkflowHandle<{ shipped: number }>> =>
    running.manager.runAsTenant(tenant, () =>
      running.manager.startWorkflow(
        ShippingWorkflow,
        { id },
        idempotencyKey === undefined ? {} : { idempotencyKey },
      ),
    );
  return { start, dataSource: () => dataSource, manager: () => running.manager };
};

describe('a transaction that stays open on PostgreSQL', () => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await postgres();
  }, 60_000);
  afterAll(() => databases.close());
  const { start, dataSource, manager } = site(() => databases, 2);

  // Red when: libs/workflow/src/persistence/transient-faults.ts
  //   - new Set(['55P03'])
  //   + new Set<string>()
  it('F73 with a start keeps the starts of its own key waiting, and those of nobody else', async () => {
    const started = gate();
    const over = gate();
    const transaction = manager().runAsTenant('acme', () =>
      dataSource().transaction(async (entityManager) => {
        const options = { manager: entityManager, idempotencyKey: 'stuck' };
        await manager().startWorkflow(ShippingWorkflow, { id: 1 }, options);
        started.open();
        await over.passed;
      }),
    );
    await started.passed;

    const repeated = Array.from({ length: 10 }, () => start('acme', 1, 'stuck'));
    const others = [
      ...[2, 3, 4].map((id) => start('globex', id)),
      ...[5, 6].map((id) => start('globex', id, `key-${id}`)),
      ...[7, 8].map((id) => start('acme', id, `key-${id}`)),
    ];

    const ended = await Promise.all(others.map(async (handle) => (await handle).result()));
    expect(ended.map(({ data }) => data?.shipped)).toEqual([2, 3, 4, 5, 6, 7, 8]);

    over.open();
    await transaction;
    const handles = await Promise.all(repeated);
    expect(handles.filter((handle) => handle.accepted && handle.joined)).toHaveLength(10);
    for (const handle of handles) expect(await handle.result()).toMatchObject({ success: true });
  }, 60_000);
});

describe('a transaction that stays open on SQLite', () => {
  let databases: Databases;
  beforeAll(async () => {
    databases = await sqlite();
  });
  afterAll(() => databases.close());
  const { start, dataSource } = site(() => databases, 2);

  // Red when: libs/workflow/src/persistence/start-merging.ts
  //   - this.mayWait();
  //   +
  it('F73 is refused to wait for a start of another one that waits for it', async () => {
    const begun = gate();
    const sent = gate();
    let refused: unknown;
    const transaction = dataSource().transaction(async (entityManager) => {
      await entityManager.query('SELECT 1');
      begun.open();
      await sent.passed;
      refused = await start('acme', 1, 'once').catch((error: unknown) => error);
    });
    await begun.passed;
    const outside = start('acme', 1, 'once');
    sent.open();
    await transaction;

    expect(refused).toMatchObject({ code: 'SQLITE_REENTRANT' });
    expect(await (await outside).result()).toMatchObject({ success: true, data: { shipped: 1 } });
  });
});
