import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NonRetryableError, Step, Workflow } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { FaultyDatabase } from './support/faulty-database.js';

const LOOK_FOR_ENDS = /e\.id = ANY \(\$2::uuid\[\]\) AND e\.finished_at IS NOT NULL/;

let runs: Tally;
let held: Gate;

@Workflow({ id: 'order', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class OrderWorkflow {
  static readonly output = 'charge';

  @Step()
  async charge() {
    const run = runs.mark();
    if (run === 1) throw new NonRetryableError('declined', { code: 'DECLINED' });
    await held.passed;
    return { run };
  }
}

describe('the end of a run that is read before another one begins, and heard after it', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    runs = new Tally();
    held = gate();
    database = await FaultyDatabase.create(server);
  });
  afterEach(() => database.close());

  // Red when: libs/workflow/src/workflow-runtime.ts
  //   - this.board.watch(key, outcome.run);
  //   + this.board.watch(key);
  it('F64 is told who waits for it, and not who retried', async () => {
    const providers = [OrderWorkflow];
    await database.app({ providers });
    const { manager, driver } = await database.app({ providers, options: { worker: false } });
    const read = gate();
    const heard = gate();
    const hasEnded = () =>
      database.query('SELECT 1 FROM workflow_execution WHERE finished_at IS NOT NULL');
    let reading: number | undefined;
    driver.before = async ({ sql, pid }) => {
      if (runs.count === 1 && LOOK_FOR_ENDS.test(sql) && (await hasEnded()).length > 0) {
        reading ??= pid;
      }
    };
    driver.after = async ({ pid }) => {
      if (pid !== reading) return;
      read.open();
      await heard.passed;
    };

    await manager.runAsTenant('acme', async () => {
      const first = await manager.startWorkflow(OrderWorkflow);
      await read.passed;
      const retried = manager.retryExecution(String(first.executionId));
      await runs.reached(2);
      heard.open();
      expect(await first.result()).toMatchObject({ errors: [{ code: 'DECLINED' }] });
      held.open();
      expect(await retried).toMatchObject({ success: true, data: { run: 2 } });
    });
  }, 30_000);
});
