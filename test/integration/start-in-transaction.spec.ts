import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource, EntityManager } from 'typeorm';
import type { WorkflowHandle } from '@luxgen/workflow';
import { DATABASES, openDatabase, type Databases } from '../support/databases.js';
import { ShippingWorkflow } from '../support/shipping.workflow.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

describe.each(DATABASES)('a start inside a transaction on %s', (_name, start) => {
  let databases: Databases;
  let dataSource: DataSource;
  let running: WorkflowApp;
  beforeAll(async () => {
    databases = await start();
  }, 60_000);
  afterAll(() => databases.close());
  beforeEach(async () => {
    dataSource = await openDatabase(databases);
    await dataSource.query('CREATE TABLE orders (id integer PRIMARY KEY)');
    running = await workflowApp({
      providers: [ShippingWorkflow],
      options: { store: { dataSource } },
    });
  });
  afterEach(async () => {
    await running.close();
    await dataSource.destroy();
  });

  const order = (id: number, fail = false): Promise<WorkflowHandle<{ shipped: number }>> =>
    running.manager.runAsTenant('acme', () =>
      dataSource.transaction(async (manager) => {
        await manager.query(`INSERT INTO orders VALUES (${id})`);
        const handle = await running.manager.startWorkflow(
          ShippingWorkflow,
          { id },
          { manager, idempotencyKey: `order-${id}` },
        );
        if (fail) throw new Error('the user changed its mind');
        return handle;
      }),
    );
  const ship = (manager: EntityManager, id = 1, idempotencyKey = 'once') =>
    running.manager.startWorkflow(ShippingWorkflow, { id }, { manager, idempotencyKey });
  const inTransaction = <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> =>
    running.manager.runAsTenant('acme', () => dataSource.transaction(work));
  const total = () =>
    running.manager.runAsTenant(
      'acme',
      async () => (await running.manager.getWorkflowStatistics()).total,
    );

  it('makes another execution when the lifetime of the key is over', async () => {
    await running.close();
    running = await workflowApp({
      providers: [ShippingWorkflow],
      options: { store: { dataSource, idempotencyKeyLifetime: 0 } },
    });
    const start = (): Promise<WorkflowHandle<{ shipped: number }>> =>
      running.manager.runAsTenant('acme', () =>
        dataSource.transaction((manager) =>
          running.manager.startWorkflow(
            ShippingWorkflow,
            { id: 1 },
            { manager, idempotencyKey: 'once' },
          ),
        ),
      );
    await (await start()).result();

    expect(await start()).toMatchObject({ accepted: true, joined: false });
    expect(await total()).toBe(2);
  });

  it('begins right after the commit', async () => {
    const handle = await order(7);

    expect(await handle.result()).toMatchObject({ success: true, data: { shipped: 7 } });
    expect(await total()).toBe(1);
  });

  // Red when: libs/workflow/src/persistence/sql.enlisted-starts.ts
  //   - const outcome = await this.journal.createWithin(query, execution);
  //   + const [outcome] = (await this.journal.flush([{ kind: 'create', execution }])) as never[];
  it('F73 vanishes with a rollback', async () => {
    await expect(order(8, true)).rejects.toThrow('the user changed its mind');

    expect(await dataSource.query('SELECT * FROM orders')).toEqual([]);
    expect(await total()).toBe(0);
    // The key is free again.
    const again = await order(8);
    expect(again).toMatchObject({ accepted: true, joined: false });
  });

  // Red when: libs/workflow/src/persistence/transaction-ends.ts
  //   - else if (!committed) this.doubt(runner);
  //   +
  it('F73 vanishes with a savepoint, while what stands around it in the transaction begins', async () => {
    const start = (id: number, manager: EntityManager) =>
      running.manager.startWorkflow(ShippingWorkflow, { id }, { manager });
    const undone: WorkflowHandle<{ shipped: number }>[] = [];

    const kept = await running.manager.runAsTenant('acme', () =>
      dataSource.transaction(async (outer) => {
        const before = await start(1, outer);
        const savepoint = outer.transaction(async (inner) => {
          undone.push(await start(2, inner));
          throw new Error('the user changed its mind');
        });
        await savepoint.catch(() => undefined);
        return [before, await start(3, outer)];
      }),
    );

    const results = await Promise.all(kept.map((handle) => handle.result()));
    expect(results.map(({ data }) => data)).toEqual([{ shipped: 1 }, { shipped: 3 }]);
    await expect(undone[0]?.result()).rejects.toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
    expect(await total()).toBe(2);
  });

  it('joins what was started with its key in an earlier transaction, and is told its result', async () => {
    const first = await inTransaction((manager) => ship(manager));
    await first.result();

    const again = await inTransaction((manager) => ship(manager));

    expect(again).toMatchObject({ accepted: true, joined: true, executionId: first.executionId });
    expect(await again.result()).toMatchObject({ success: true, data: { shipped: 1 } });
  });

  it('joins what was started with its key in the same transaction, committed or not', async () => {
    const handles = await inTransaction(async (manager) => [
      await ship(manager),
      await ship(manager),
    ]);
    const undone: WorkflowHandle<{ shipped: number }>[] = [];
    const rolledBack = inTransaction(async (manager) => {
      for (let n = 0; n < 2; n += 1) undone.push(await ship(manager, 2, 'never'));
      throw new Error('the user changed its mind');
    });

    await expect(rolledBack).rejects.toThrow('the user changed its mind');
    for (const handle of handles) expect((await handle.result()).data).toEqual({ shipped: 1 });
    expect(undone).toMatchObject([{ joined: false }, { joined: true }]);
    for (const handle of undone) {
      await expect(handle.result()).rejects.toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
    }
  });

  it('is refused when its key was used with another input', async () => {
    await inTransaction((manager) => ship(manager, 1));

    const other = await inTransaction((manager) => ship(manager, 2));

    expect(await other.result()).toMatchObject({ errors: [{ code: 'IDEMPOTENCY_MISMATCH' }] });
  });

  it('refuses a manager without a transaction', async () => {
    const handle = await running.manager.runAsTenant('acme', () =>
      running.manager.startWorkflow(ShippingWorkflow, { id: 1 }, { manager: dataSource.manager }),
    );

    expect(await handle.result()).toMatchObject({
      success: false,
      errors: [{ code: 'TRANSACTION_REQUIRED' }],
    });
    expect(await total()).toBe(0);
  });
});
