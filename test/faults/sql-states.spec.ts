import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Context, Step, Workflow, WorkflowContext } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { FaultyDatabase, until, type FaultyApp } from './support/faulty-database.js';

const TRANSIENT = [
  ['40001', 'a serialization failure'],
  ['40P01', 'a deadlock'],
  ['55P03', 'a lock that is not to be had'],
  ['57014', 'a statement that took too long'],
  ['57P01', 'a shutdown'],
  ['53300', 'too many connections'],
  ['53100', 'a full disk'],
] as const;

/** Statements around and inside of a transactional step, in their order. */
const OF_A_TRANSACTION: readonly RegExp[] = [
  /^START TRANSACTION/,
  /FOR KEY SHARE/,
  /INSERT INTO effect/,
  /INSERT INTO workflow_step .*ON CONFLICT DO NOTHING/s,
  /^COMMIT/,
];

/** What the step does when it is called, before it writes. */
const beforeWrite: (() => void)[] = [];

@Workflow({ id: 'pay', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class PayWorkflow {
  @Step()
  prepare() {
    return { ready: true };
  }

  @Step({ dependencies: ['prepare'], transactional: true })
  async charge(@Context() context: WorkflowContext) {
    beforeWrite.shift()?.();
    await context.manager.query('INSERT INTO effect VALUES ($1, $2)', [
      context.executionId,
      'charge',
    ]);
  }
}

const said = (code: string, message = 'said by the driver'): Error =>
  Object.assign(new Error(message), { code });

describe('what the database answers', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  let running: FaultyApp;
  beforeAll(async () => {
    server = await startPostgres();
    database = await FaultyDatabase.create(server);
    running = await database.app({
      providers: [PayWorkflow],
      options: { pollInterval: 50 },
      store: { lease: 3_000 },
    });
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  });
  beforeEach(() => database.query('DELETE FROM effect'));
  afterEach(() => {
    running.driver.before = () => undefined;
    beforeWrite.length = 0;
  });

  const run = () =>
    running.manager.runAsTenant('acme', () => running.manager.runWorkflow(PayWorkflow));

  /** Fails each kind of statement once. Returns those that have not come yet. */
  const failEachOnce = (statements: readonly RegExp[], code: string): Set<RegExp> => {
    const left = new Set(statements);
    running.driver.before = ({ sql }) => {
      const failing = [...left].find((statement) => statement.test(sql));
      if (!failing) return;
      left.delete(failing);
      throw said(code);
    };
    return left;
  };

  describe.each(TRANSIENT)('%s, %s', (code, _words) => {
    // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
    //   - return await this.patience.during(this.lease, () => this.attempt(owner, work), signal);
    //   + return await this.attempt(owner, work);
    // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
    //   - connection.failedWith(cause) ? cause : undefined
    //   + undefined
    it('F28 is repeated in a transactional step, and is no attempt of it', async () => {
      const left = failEachOnce(OF_A_TRANSACTION, code);

      const result = await run();

      expect(left.size).toBe(0);
      expect(result).toMatchObject({ success: true });
      expect(result.metadata?.steps[1]).toMatchObject({ stepId: 'charge', retryCount: 0 });
      expect(await database.effects()).toMatchObject([{ step: 'charge', times: 1 }]);
    });

    // Red when: libs/workflow/src/persistence/sql.execution-store.ts
    //   - return await this.patience.during(PATIENCE, work);
    //   + return await work(0);
    it('F28 is repeated in reads and orders', async () => {
      const { executionId = '' } = (await run()).metadata ?? {};
      const asTenant = <T>(work: () => Promise<T>): Promise<T> =>
        running.manager.runAsTenant('acme', work);
      failEachOnce([/FROM workflow_execution e/, /^COMMIT/], code);
      const execution = await asTenant(() => running.manager.getExecutionStatus(executionId));
      failEachOnce([/FROM workflow_execution e/], code);
      const list = await asTenant(() => running.manager.getTenantExecutions());
      failEachOnce([/count\(\*\)/], code);
      const statistics = await asTenant(() => running.manager.getWorkflowStatistics());
      failEachOnce([/DELETE FROM workflow_task/], code);
      const cancelled = await asTenant(() => running.manager.cancelExecution(executionId));

      expect(execution?.id).toBe(executionId);
      expect(list.length).toBeGreaterThan(0);
      expect(statistics.total).toBe(statistics.completed);
      expect(cancelled).toBe(false);
    });

    // Red when: libs/workflow/src/persistence/group-commit.journal.ts
    //   - if (isTransient(error)) {
    //   + if (false) {
    it('F28 is repeated in writes of the journal', async () => {
      const writes = [
        /INSERT INTO workflow_execution/,
        /INSERT INTO workflow_execution/,
        /INSERT INTO workflow_step .*DO NOTHING/s,
        /INSERT INTO workflow_step .*DO NOTHING/s,
      ];
      const left = failEachOnce(writes, code);

      const result = await run();

      expect(left.size).toBe(0);
      expect(result).toMatchObject({ success: true });
    });
  });

  // Red when: libs/workflow/src/persistence/patience.ts
  //   - const over = this.clock.monotonic() + pause > until;
  //   + const over = false;
  it('F28 a transaction that fails by such a fault each time is repeated for a bounded time', async () => {
    let tries = 0;
    running.driver.before = ({ sql }) => {
      if (!sql.includes('INSERT INTO effect')) return;
      tries += 1;
      throw said('40P01');
    };

    const result = await run();

    expect(result).toMatchObject({ success: false, errors: [{ code: 'STEP_FAILED' }] });
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(12);
    expect(await database.effects()).toEqual([]);
  }, 20_000);

  // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
  //   - throw new Unknown(reason);
  //   + throw reason;
  it('F16 F28 a transaction of which nobody can say whether it was committed is not repeated by its owner', async () => {
    const order: string[] = [];
    let isUnknown = true;
    beforeWrite.push(...[1, 2].map(() => () => order.push('call')));
    running.driver.before = ({ sql }) => {
      if (order.length > 0 && sql.includes('FOR UPDATE SKIP LOCKED')) {
        order.push('claim');
        isUnknown = false;
      }
      if (isUnknown && sql === 'COMMIT' && order.length > 0) {
        throw said('ECONNRESET', 'Connection terminated unexpectedly');
      }
      if (isUnknown && /FROM workflow_task WHERE .* FOR UPDATE$/.test(sql)) throw said('55P03');
    };

    const result = await run();

    expect(result).toMatchObject({ success: true });
    expect(order).toEqual(['call', 'claim', 'call']);
    expect(await database.effects()).toMatchObject([{ step: 'charge', times: 1 }]);
  }, 20_000);

  it.each([
    ['a violated constraint', '23505'],
    ['a value that does not fit', '22P02'],
  ])('F28 %s is the step’s own failure', async (_what, code) => {
    let tries = 0;
    running.driver.before = ({ sql }) => {
      if (!sql.includes('INSERT INTO effect')) return;
      tries += 1;
      throw said(code);
    };

    const result = await run();

    expect(result).toMatchObject({ success: false, errors: [{ code: 'STEP_FAILED' }] });
    expect(tries).toBe(1);
  });

  // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
  //   - connection.failedWith(cause) ? cause : undefined
  //   + cause
  it('F28 a fault of something else that a step talks to is the step’s own failure', async () => {
    let calls = 0;
    beforeWrite.push(
      ...Array.from({ length: 2 }, () => () => {
        calls += 1;
        throw said('ECONNREFUSED', 'a service of somebody else');
      }),
    );

    const result = await run();

    expect(result).toMatchObject({ success: false, errors: [{ code: 'STEP_FAILED' }] });
    expect(calls).toBe(1);
  });

  // Red when: libs/workflow/src/persistence/sql.execution-store.ts
  //   - throw unavailable(error);
  //   + throw error;
  it('F28 what nobody can repeat rejects as STORE_UNAVAILABLE, with the words of the database as its cause', async () => {
    await database.query('ALTER TABLE workflow_step RENAME TO elsewhere');
    try {
      const asked = running.manager.runAsTenant('acme', () =>
        running.manager.getTenantExecutions(),
      );
      await expect(asked).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.not.stringContaining('workflow_step'),
        cause: { code: '42P01' },
      });
    } finally {
      await database.query('ALTER TABLE elsewhere RENAME TO workflow_step');
    }
  });

  // Red when: libs/workflow/src/dispatch/heartbeat.ts
  //   - this.schedule(lease, backoff(this.failures, range, this.random));
  //   +
  it('F28 a renewal that fails once loses no lease', async () => {
    const fences = (): Promise<{ fence: string }[]> =>
      database.query('SELECT fence FROM workflow_task');
    let failed = 0;
    let renewed = 0;
    running.driver.before = ({ sql }) => {
      if (!/AS h \(tenant_id, execution_id, fence\)/.test(sql)) return;
      if ((failed += 1) % 2 === 1) throw said('40P01');
      renewed += 1;
    };
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const definition = {
      id: 'held',
      version: '1.0.0',
      steps: [{ id: 'wait', handler: () => held }],
    };
    running.manager.registerWorkflow({}, definition);
    const result = running.manager.runAsTenant('acme', () => running.manager.runWorkflow('held'));

    await until(fences, () => renewed >= 3, 100_000);
    const after = await fences();
    release();

    expect(after).toEqual([{ fence: '1' }]);
    expect(await result).toMatchObject({ success: true });
  }, 20_000);
});
