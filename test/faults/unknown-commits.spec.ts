import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Context, Step, Workflow, WorkflowContext } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { FaultyDatabase, type FaultyApp } from './support/faulty-database.js';

/** Of each two transactional steps. */
const EXECUTIONS = 100;

let calls: number;

const write = (context: WorkflowContext, step: string): Promise<unknown> => {
  calls += 1;
  return context.manager.query('INSERT INTO effect VALUES ($1, $2)', [context.executionId, step]);
};

@Workflow({
  id: 'transfer',
  version: '1.0.0',
  errorHandling: { strategy: 'retry', maxRetries: 0 },
})
class TransferWorkflow {
  @Step({ transactional: true })
  async debit(@Context() context: WorkflowContext) {
    await write(context, 'debit');
  }

  @Step({ dependencies: ['debit'], transactional: true })
  async credit(@Context() context: WorkflowContext) {
    await write(context, 'credit');
  }
}

describe('a COMMIT whose answer is lost', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  let running: FaultyApp;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    calls = 0;
    database = await FaultyDatabase.create(server);
    running = await database.app({ providers: [TransferWorkflow], direct: 'engine' });
  });
  afterEach(() => database.close());

  const run = () =>
    running.manager.runAsTenant('acme', () => running.manager.runWorkflow(TransferWorkflow));

  // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
  //   - if (found.length > 0) return ready;
  //   +
  // Red when: libs/workflow/src/persistence/sql.step-transactions.ts
  //   - if (found.length > 0) return ready;
  //   +
  //   - if (!inserted) throw new Fenced();
  //   +
  it('F16 of a transactional step is not repeated, 200 times', async () => {
    const lost = Array.from({ length: 2 * EXECUTIONS }, () =>
      database.proxy.loseAnswerTo(/COMMIT/, 60_000),
    );

    const results = await Promise.all(Array.from({ length: EXECUTIONS }, run));

    expect(results.filter(({ success }) => success)).toHaveLength(EXECUTIONS);
    expect((await Promise.all(lost)).filter(Boolean)).toHaveLength(2 * EXECUTIONS);
    expect(calls).toBe(2 * EXECUTIONS);
    const effects = await database.effects();
    expect(effects).toHaveLength(2 * EXECUTIONS);
    expect(effects.filter(({ times }) => times !== 1)).toEqual([]);
  }, 60_000);
});
