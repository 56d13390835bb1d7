import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Step, Workflow } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { FaultyDatabase, until, type FaultyApp } from './support/faulty-database.js';

let begun: Tally;
let held: Gate;

@Workflow({ id: 'order', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class OrderWorkflow {
  @Step()
  async work() {
    begun.mark();
    await held.passed;
    return { done: true };
  }
}

describe('a database that takes no writes for a while', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    begun = new Tally();
    held = gate();
    database = await FaultyDatabase.create(server);
  });
  afterEach(async () => {
    held.open();
    await database.close();
  });

  const open = (worker: boolean): Promise<FaultyApp> =>
    database.app({
      providers: [OrderWorkflow],
      options: { worker, pollInterval: 20 },
      store: { lease: 60_000 },
      alwaysWrites: !worker,
    });
  const start = (app: FaultyApp) =>
    app.manager.runAsTenant('acme', () => app.manager.startWorkflow(OrderWorkflow));
  const asked = async <T>(answer: () => T): Promise<T> => {
    await database.query('SELECT 1');
    return answer();
  };

  // Red when: libs/workflow/src/persistence/transient-faults.ts
  //   - '25006', // read-only transaction: a standby that is being promoted
  //   +
  // Red when: libs/workflow/src/dispatch/local.dispatcher.ts
  //   - if (this.health.failed('claim', message, cause)) {
  //   + if (false) {
  it('F25 refuses starts, claims nothing and says so; what runs waits, and all goes on afterwards', async () => {
    const front = await open(false);
    const running = await open(true);
    const first = await start(running);
    await begun.reached(1);

    await database.setReadOnly(true);
    const refused = await start(running).catch((error: unknown) => error);
    held.open();
    // The worker finds it, and cannot take it.
    const second = await start(front);
    const degraded = await until(
      () => asked(() => running.health.report()),
      ({ reasons }) => reasons.length >= 2,
    );
    const begunMeanwhile = begun.count;
    const unfinished = await database.query('SELECT 1 FROM workflow_task');
    await database.setReadOnly(false);

    expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(degraded).toEqual({
      status: 'degraded',
      reasons: expect.arrayContaining([
        'The database does not take writes. It is read-only (25006).',
        'The database gives no work. It is read-only (25006).',
      ]),
    });
    expect(begunMeanwhile).toBe(1);
    expect(unfinished).toHaveLength(2);
    expect(await first.result()).toMatchObject({ success: true });
    expect(await second.result()).toMatchObject({ success: true });
    expect(begun.count).toBe(2);
    await until(
      () => asked(() => running.health.report().status),
      (status) => status === 'ok',
    );
  }, 30_000);
});
