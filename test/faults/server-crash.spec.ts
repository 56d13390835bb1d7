import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Context, Step, Workflow, WorkflowContext } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { Tally } from '../support/gate.js';
import { FaultyDatabase, until, type FaultyApp } from './support/faulty-database.js';

const CRASHES = 3;
const EXECUTIONS_PER_CRASH = 30;

let written: Tally;

const write = async (context: WorkflowContext, step: string): Promise<void> => {
  await context.manager.query('INSERT INTO effect VALUES ($1, $2)', [context.executionId, step]);
  written.mark();
};

@Workflow({ id: 'order', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class OrderWorkflow {
  @Step({ transactional: true })
  async charge(@Context() context: WorkflowContext) {
    await write(context, 'charge');
  }

  @Step({ dependencies: ['charge'] })
  pack() {
    return { packed: true };
  }

  @Step({ dependencies: ['pack'], transactional: true })
  async ship(@Context() context: WorkflowContext) {
    await write(context, 'ship');
  }
}

describe('a PostgreSQL server that is stopped hard under load', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  let running: FaultyApp;
  beforeAll(async () => {
    server = await startPostgres({ lasting: true });
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

  /** Starts until it is acknowledged: a refused start may be repeated with its key. */
  const start = (key: string): Promise<string | undefined> =>
    until(
      () =>
        running.manager
          .runAsTenant('acme', () =>
            running.manager.startWorkflow(OrderWorkflow, {}, { idempotencyKey: key }),
          )
          .then(
            ({ executionId }) => executionId,
            () => undefined,
          ),
      (id) => id !== undefined,
      100_000,
    );

  // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
  //   - return await this.patience.during(this.lease, () => this.attempt(owner, work), signal);
  //   + return await this.attempt(owner, work);
  //   - if (isDatabaseAway(error)) return { kind: 'unknown', error };
  //   +
  it('F17 loses no start that was acknowledged, repeats no transactional effect, and is used again without a restart', async () => {
    const started: Promise<string | undefined>[] = [];
    for (let crash = 1; crash <= CRASHES; crash += 1) {
      written = new Tally();
      for (let n = 1; n <= EXECUTIONS_PER_CRASH; n += 1) started.push(start(`${crash}-${n}`));
      await written.reached(EXECUTIONS_PER_CRASH / 2);
      await server.stopHard();
      await server.start();
    }
    const ids = await Promise.all(started);
    const unfinished = () => database.query('SELECT 1 FROM workflow_task LIMIT 1').catch(() => [1]);
    await until(unfinished, (rows) => rows.length === 0, 100_000);

    const found = await database.query<{ id: string; status: string }>(
      'SELECT id::text, status FROM workflow_execution',
    );
    expect(found.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(found.filter(({ status }) => status !== 'completed')).toEqual([]);
    const effects = await database.effects();
    expect(effects).toHaveLength(2 * CRASHES * EXECUTIONS_PER_CRASH);
    expect(effects.filter(({ times }) => times !== 1)).toEqual([]);
    const health = async () => {
      await database.query('SELECT 1');
      return running.health.report();
    };
    await until(health, ({ status }) => status === 'ok', 20_000);
  }, 120_000);
});
