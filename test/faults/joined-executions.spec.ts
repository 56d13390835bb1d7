import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Step, Workflow, type WorkflowHandle } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, type Gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FaultyDatabase, type FaultyApp } from './support/faulty-database.js';

/** The look for an execution, and the one for those that have ended. */
const LOOK = /e\.id = \$2\s*$/;
const LOOK_FOR_ENDS = /e\.id = ANY \(\$2::uuid\[\]\) AND e\.finished_at IS NOT NULL/;

const POLL = 1_000;

let held: Gate;

@Workflow({ id: 'order', version: '1.0.0' })
class OrderWorkflow {
  @Step()
  charge() {
    return held.passed;
  }
}

const start = ({ manager }: FaultyApp): Promise<WorkflowHandle<unknown>> =>
  manager.runAsTenant('acme', () =>
    manager.startWorkflow(OrderWorkflow, {}, { idempotencyKey: 'once' }),
  );

describe('a start that joins an execution of another process', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  let clock: VirtualClock;
  let worker: FaultyApp;
  let joiner: FaultyApp;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    held = gate();
    clock = new VirtualClock();
    database = await FaultyDatabase.create(server);
    const providers = [OrderWorkflow];
    worker = await database.app({ providers });
    const options = { worker: false, pollInterval: POLL };
    joiner = await database.app({ providers, clock, options });
    await start(worker);
  });
  afterEach(async () => {
    held.open();
    await database.close();
  });

  it('awaits nothing any longer when it cannot look for it', async () => {
    joiner.driver.before = ({ sql }) => {
      if (LOOK.test(sql)) throw Object.assign(new Error('no such table'), { code: '42P01' });
    };
    await expect(start(joiner)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

    const looks: string[] = [];
    joiner.driver.before = ({ sql }) => {
      if (LOOK_FOR_ENDS.test(sql)) looks.push(sql);
    };
    await clock.advance(20 * POLL);
    await joiner.close();

    expect(looks).toEqual([]);
  });

  it('is told that there is none when it is deleted before the look', async () => {
    joiner.driver.before = async ({ sql }) => {
      if (LOOK.test(sql)) await database.query('DELETE FROM workflow_execution');
    };

    const handle = await start(joiner);

    await expect(handle.result()).rejects.toMatchObject({ code: 'EXECUTION_NOT_FOUND' });
  });
});
