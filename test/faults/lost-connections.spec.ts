import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Context, Step, Workflow, WorkflowContext } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { FaultyDatabase, until, type FaultyApp } from './support/faulty-database.js';
import type { Sending } from './support/watched-driver.js';

let written: Tally;
let held: Gate | undefined;

const write = (context: WorkflowContext, step: string): Promise<unknown> =>
  context.manager.query('INSERT INTO effect VALUES ($1, $2)', [context.executionId, step]);

@Workflow({ id: 'order', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class OrderWorkflow {
  @Step()
  prepare() {
    return { ready: true };
  }

  @Step({ dependencies: ['prepare'], transactional: true })
  async charge(@Context() context: WorkflowContext) {
    await write(context, 'charge');
    written.mark();
    await held?.passed;
  }

  @Step({ dependencies: ['charge'], transactional: true })
  async ship(@Context() context: WorkflowContext) {
    await write(context, 'ship');
  }
}

describe('connections that end', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  let running: FaultyApp;
  beforeAll(async () => {
    server = await startPostgres();
    database = await FaultyDatabase.create(server);
    running = await database.app({
      providers: [OrderWorkflow],
      options: { pollInterval: 50 },
      store: { lease: 2_000 },
    });
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  });
  afterEach(async () => {
    running.driver.before = () => undefined;
    held = undefined;
    await database.query('DELETE FROM effect');
  });

  const asTenant = <T>(work: () => Promise<T>): Promise<T> =>
    running.manager.runAsTenant('acme', work);
  /** Starts until it is acknowledged: a refused start may be repeated with its key. */
  const start = async (key: string): Promise<string> => {
    const id = await until(
      () =>
        asTenant(() =>
          running.manager.startWorkflow(OrderWorkflow, {}, { idempotencyKey: key }),
        ).then(
          (handle) => handle.executionId,
          () => undefined,
        ),
      (found) => found !== undefined,
    );
    return id ?? '';
  };
  const endOf = (id: string): Promise<string> =>
    until(
      async () => {
        const [row] = await database.query<{ status: string }>(
          'SELECT status FROM workflow_execution WHERE id = $1 AND finished_at IS NOT NULL',
          [id],
        );
        return row?.status ?? '';
      },
      (status) => status !== '',
      100_000,
    );
  const once = (step: string) => ({ step, times: 1 });

  // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
  //   - if (found.length > 0) return ready;
  //   + return ready;
  // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
  //   - return await this.patience.during(this.lease, () => this.attempt(owner, work), signal);
  //   + return await this.attempt(owner, work);
  //   - if (isDatabaseAway(error)) return { kind: 'unknown', error };
  //   +
  it('F18 between each pair of statements, all of them: nothing is lost or done twice', async () => {
    written = new Tally();
    const ends: string[] = [];
    let sent = Infinity;
    for (let at = 1; sent >= at; at += 1) {
      sent = 0;
      running.driver.before = async () => {
        sent += 1;
        if (sent === at) await database.terminateBackends();
      };
      ends.push(await endOf(await start(`at-${at}`)));
    }

    // The last one ended before its turn came.
    expect(ends.length).toBeGreaterThan(10);
    expect(ends.filter((end) => end !== 'completed')).toEqual([]);
    const effects = await database.effects();
    expect(effects).toHaveLength(2 * ends.length);
    expect(effects.filter(({ times }) => times !== 1)).toEqual([]);
  }, 120_000);

  // Red when: libs/workflow/src/persistence/transaction-ends.ts
  //   - this.settle(runner, undefined);
  //   +
  it('F19 in a transaction of the application that starts an execution: whoever waits for it hears that it is not', async () => {
    let result: Promise<unknown> = Promise.resolve();
    const mine = running.dataSource.transaction(async (manager) => {
      const handle = await asTenant(() =>
        running.manager.startWorkflow(OrderWorkflow, {}, { manager }),
      );
      result = handle.result().catch((error: unknown) => error);
      await database.terminateBackends();
      await manager.query('SELECT 1');
    });

    await expect(mine).rejects.toThrow();
    expect(await result).toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
  }, 30_000);

  // Red when: libs/workflow/src/persistence/postgres/engine-data-source.ts
  //   - client.on('error', onError);
  //   +
  it('F19 while they are in use: the process survives, and the step is repeated', async () => {
    written = new Tally();
    held = gate();
    const cut: Sending[] = [];
    running.driver.before = async (sending) => {
      // Those of the engine and those of the application, each in the hands of somebody.
      if (cut.length > 5 || !/workflow_/.test(sending.sql)) return;
      cut.push(sending);
      await database.query('SELECT pg_terminate_backend($1, 5000)', [sending.pid]);
      await sending.closed;
    };
    const id = await start('in-use');
    await written.reached(1);
    running.driver.before = () => undefined;
    await database.terminateBackends();
    held.open();

    expect(await endOf(id)).toBe('completed');
    expect(cut.length).toBeGreaterThan(5);
    expect(written.count).toBe(2);
    expect(await database.effects()).toMatchObject([once('charge'), once('ship')]);
  }, 30_000);
});
