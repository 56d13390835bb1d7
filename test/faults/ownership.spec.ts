import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Context, Step, Workflow, WorkflowContext } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FaultyDatabase, until, type FaultyApp } from './support/faulty-database.js';

const LEASE = 3_000;

let begun: Tally;
let gates: Gate[];

const pass = async (): Promise<void> => {
  const held = gates[begun.mark() - 1];
  if (!held) throw new Error('The step ran more often than the test expects.');
  await held.passed;
};

@Workflow({ id: 'plain', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class PlainWorkflow {
  @Step()
  async work() {
    await pass();
    return { done: true };
  }
}

@Workflow({ id: 'fenced', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class TransactionalWorkflow {
  @Step({ transactional: true })
  async charge(@Context() context: WorkflowContext) {
    await context.manager.query('INSERT INTO effect VALUES ($1, $2)', [
      context.executionId,
      'charge',
    ]);
    await pass();
  }
}

const providers = [PlainWorkflow, TransactionalWorkflow];

describe('the ownership of an execution', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  let clock: VirtualClock;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    begun = new Tally();
    gates = [gate(), gate()];
    clock = new VirtualClock();
    database = await FaultyDatabase.create(server);
  });
  afterEach(async () => {
    for (const held of gates) held.open();
    await database.close();
  }, 30_000);

  const worker = (setup: Parameters<FaultyDatabase['app']>[0] = {}): Promise<FaultyApp> =>
    database.app({
      providers,
      clock,
      ...setup,
      options: { drainTimeout: 0 },
      store: { lease: LEASE, ...setup.store },
    });
  const start = (app: FaultyApp, workflow: typeof PlainWorkflow | typeof TransactionalWorkflow) =>
    app.manager.runAsTenant('acme', () => app.manager.startWorkflow(workflow));
  /** Until when it is owned. */
  const ownedUntil = async (): Promise<number> => {
    const [row] = await database.query<{ visible_at: Date }>(
      'SELECT visible_at FROM workflow_task',
    );
    return row?.visible_at.getTime() ?? 0;
  };
  const owner = async (): Promise<string | undefined> => {
    const [row] = await database.query<{ worker_id: string }>(
      'SELECT worker_id FROM workflow_task',
    );
    return row?.worker_id;
  };
  const isRenewed = (before: number): Promise<unknown> => until(ownedUntil, (at) => at > before);

  const unfinished = async (): Promise<number> =>
    (await database.query('SELECT 1 FROM workflow_task')).length;

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - SELECT set_config('idle_in_transaction_session_timeout', '${longestSilence}', true) FROM ${task}
  //   + SELECT 1 FROM ${task}
  it('F21 passes on when its owner is cut off inside of a transactional step', async () => {
    const first = await worker();
    await start(first, TransactionalWorkflow);
    await begun.reached(1);
    const cutOff = await owner();
    const goOn = database.proxy.hold(() => true);

    const elsewhere = new VirtualClock();
    const second = await worker({ direct: 'all', clock: elsewhere });
    // Its answers take real time: a clock that moved on meanwhile would end its own lease, too.
    await until(
      async () => {
        if (second.driver.unanswered === 0) await elsewhere.advance(10);
        return owner();
      },
      (claimedBy) => claimedBy !== cutOff,
    );
    await begun.reached(2);
    gates[1]?.open();
    await until(unfinished, (count) => count === 0);
    goOn();

    expect(await database.effects()).toMatchObject([{ step: 'charge', times: 1 }]);
  }, 30_000);

  // Red when: libs/workflow/src/persistence/postgres/engine-data-source.ts
  //   - answer: Math.min(STATEMENT_TIMEOUT, Math.ceil(lease / 4)),
  //   + answer: STATEMENT_TIMEOUT,
  it('F20 outlives links that swallow all answers: the renewal finds another one in time', async () => {
    const app = await worker();
    await start(app, PlainWorkflow);
    await begun.reached(1);
    const before = await ownedUntil();
    const silent = new Tally();
    app.driver.onFailure = (error) => {
      if (String(error).includes('Query read timeout')) silent.mark();
    };

    const breakLinks = database.proxy.swallowReplies(() => true);
    await clock.advance(LEASE / 3);
    await silent.reached(1);
    // Long before the next renewal would be due.
    await clock.advance(100);
    await isRenewed(before);
    breakLinks();
    gates[0]?.open();
    await until(
      async () => {
        await clock.advance(10);
        return unfinished();
      },
      (count) => count === 0,
    );

    expect(begun.count).toBe(1);
    // With the patience of other statements, eleven seconds, the lease would be gone.
  }, 9_000);

  // Red when: libs/workflow/src/persistence/step-connection.ts
  //   - if (!abandon) return () => undefined;
  //   + if (abandon) return () => undefined;
  it('F20 a transactional step gives up a link that answers nothing, and learns what became of its COMMIT', async () => {
    const app = await worker({ direct: 'engine', store: { lease: 60_000 } });
    const handle = await start(app, TransactionalWorkflow);
    await begun.reached(1);
    app.driver.before = ({ sql }) => {
      if (sql === 'COMMIT') database.proxy.swallowReplies(() => true);
    };
    gates[0]?.open();
    await until(unfinished, (count) => count === 0);
    await clock.advance(10_000);
    const finished = handle.result();

    expect(await finished).toMatchObject({ success: true });
    expect(await database.effects()).toMatchObject([{ step: 'charge', times: 1 }]);
  }, 30_000);

  // Red when: libs/workflow/src/persistence/connect.ts
  //   - const engine = await boot.during(() => openEngineDataSource(dataSource, onError, lease));
  //   + const engine = dataSource;
  it('F23 does not depend on the connections of the application, all of which are taken', async () => {
    const app = await worker({ pool: 2 });
    const taken = [1, 2].map(() => app.dataSource.createQueryRunner());
    for (const runner of taken) await runner.startTransaction();

    const plain = await start(app, PlainWorkflow);
    await begun.reached(1);
    const transactional = await start(app, TransactionalWorkflow);
    const before = await ownedUntil();
    await clock.advance(LEASE / 3);
    await isRenewed(before);
    gates[0]?.open();
    expect(await plain.result()).toMatchObject({ success: true });
    for (const runner of taken) await runner.release();
    gates[1]?.open();

    expect(await transactional.result()).toMatchObject({ success: true });
    expect(begun.count).toBe(2);
  }, 30_000);

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.task-queue.ts
  //   - await this.reserved.read(
  //   + await this.connection.read(
  it('F23 is renewed while reads of the application keep all other connections of the engine', async () => {
    const app = await worker();
    const handle = await start(app, PlainWorkflow);
    await begun.reached(1);
    const before = await ownedUntil();
    const reads = await database.holdingReads();
    const asked = Array.from({ length: 20 }, () =>
      app.manager.runAsTenant('acme', () => app.manager.getTenantExecutions()),
    );
    await reads.waiting(4);

    await clock.advance(LEASE / 3);
    await isRenewed(before);
    await reads.release();
    gates[0]?.open();

    expect((await Promise.all(asked)).every(({ length }) => length === 1)).toBe(true);
    expect(await handle.result()).toMatchObject({ success: true });
  }, 30_000);

  // Red when: libs/workflow/src/dispatch/heartbeat.ts
  //   - const latest = this.clock.monotonic() - (lease * 2) / 3;
  //   + const latest = this.clock.monotonic() - 1;
  it('F27 is not lost to a commit that takes two seconds', async () => {
    const app = await worker({ store: { lease: 15_000 } });
    await database.query(`
      CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$`);
    await database.query(`
      CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON workflow_step DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION slow_commit()`);
    const slow = await start(app, PlainWorkflow);
    await begun.reached(1);
    const other = await start(app, PlainWorkflow);
    await begun.reached(2);

    const disk = await database.holdingAdvisoryLock(1);
    gates[0]?.open();
    await disk.waiting(1);
    await clock.advance(2_000);
    // And a renewal falls into it.
    await clock.advance(3_000);
    await disk.waiting(1);
    await disk.release();
    gates[1]?.open();

    expect(await slow.result()).toMatchObject({ success: true });
    expect(await other.result()).toMatchObject({ success: true });
    expect(begun.count).toBe(2);
  }, 30_000);

  // Red when: libs/workflow/src/engine/execution-run.ts
  //   - if (this.leaving) return;
  //   +
  // Red when: libs/workflow/src/engine/execution-run.ts
  //   - if (committing) committing.abort(new AttemptAborted(LOST));
  //   - else this.departFenced();
  //   + this.departFenced();
  it.each([
    { of: 'its last checkpoint', workflow: PlainWorkflow, end: /DELETE FROM/ },
    { of: 'a transactional step', workflow: TransactionalWorkflow, end: /^COMMIT/ },
  ])(
    'F27 hears of its end from the commit of $of, although a renewal that finds it gone is answered before',
    async ({ workflow, end }) => {
      // A busy machine answers a renewal within a quarter of it.
      const app = await worker({ store: { lease: 24_000 } });
      const handle = await start(app, workflow);
      await begun.reached(1);
      const [committed, renewed, looked] = [new Tally(), new Tally(), new Tally()];
      const answer = gate();
      app.driver.after = ({ sql }) => {
        if (/UPDATE workflow_task t SET visible_at/.test(sql)) renewed.mark();
        if (/LEFT JOIN workflow_task/.test(sql)) looked.mark();
        if (!end.test(sql)) return;
        committed.mark();
        return answer.passed;
      };

      gates[0]?.open();
      await committed.reached(1);
      await clock.advance(8_000);
      await renewed.reached(1);
      await database.query('SELECT 1');
      answer.open();

      expect(await handle.result()).toMatchObject({ success: true });
      expect(begun.count).toBe(1);
      expect(looked.count).toBe(0);
    },
    30_000,
  );
});
