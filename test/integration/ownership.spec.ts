import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Step, Workflow } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const LEASE = 2_000;
const MINUTE = 60_000;

let begun: Tally;
let gates: Gate<string>[];

@Workflow({ id: 'owned', version: '1.0.0' })
class OwnedWorkflow {
  static readonly output = 'finish';

  @Step()
  work(): Promise<string> {
    const held = gates[begun.mark() - 1];
    if (!held) throw new Error('The step ran more often than the test expects.');
    return held.passed;
  }

  @Step({ dependencies: ['work'] })
  finish() {
    return { done: true };
  }
}

describe('the ownership of an execution on PostgreSQL', () => {
  let server: PostgresServer;
  let databases = 0;
  const open: { close(): Promise<void> }[] = [];
  let observer: DataSource;
  let database: Awaited<ReturnType<PostgresServer['database']>>;

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    begun = new Tally();
    gates = [gate<string>(), gate<string>()];
    database = await server.database(`ownership_${(databases += 1)}`);
    observer = await new DataSource(database).initialize();
    open.push({ close: () => observer.destroy() });
  });
  afterEach(async () => {
    for (const held of gates) held.open('late');
    for (const closing of open.splice(0).reverse()) await closing.close();
  });

  const worker = async (
    clock: VirtualClock,
    pollInterval: '1s' | '1h' = '1s',
  ): Promise<WorkflowApp> => {
    const dataSource = await new DataSource(database).initialize();
    open.push({ close: () => dataSource.destroy() });
    const running = await workflowApp({
      providers: [OwnedWorkflow],
      clock,
      options: { store: { dataSource, lease: LEASE }, drainTimeout: 0, pollInterval },
    });
    open.push(running);
    return running;
  };

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - AND visible_at >= ${oldest} AND visible_at <= ${now} AND capability
  //   + AND visible_at >= ${oldest} AND capability
  it('F61 belongs to one of two workers', async () => {
    const first = await worker(new VirtualClock());
    const clock = new VirtualClock();
    await worker(clock);

    const handle = await first.manager.runAsTenant('acme', () =>
      first.manager.startWorkflow(OwnedWorkflow),
    );
    await begun.reached(1);
    // Within the lease nobody else may have it, however often they look.
    await clock.advance(LEASE - 500);
    gates[0]?.open('first');

    expect(await handle.result()).toMatchObject({ success: true, data: { done: true } });
    expect(begun.count).toBe(1);
  });

  it('F05 passes to another worker when its lease ends, and nothing of the first one counts', async () => {
    const first = await worker(new VirtualClock());
    const clock = new VirtualClock();
    const second = await worker(clock);
    const handle = await first.manager.runAsTenant('acme', () =>
      first.manager.startWorkflow(OwnedWorkflow),
    );
    const executionId = handle.executionId ?? '';
    await begun.reached(1);

    // The first worker's clock stands still, as in a process that is stopped.
    await clock.advance(LEASE);
    await begunAgain(clock);
    gates[0]?.open('first');
    gates[1]?.open('second');
    const ended = await endOf(second, executionId, clock);

    expect(ended).toMatchObject({ status: 'completed' });
    expect(ended?.results[0]).toMatchObject({ stepId: 'work', data: 'second' });
  });

  it('passes on when the lease ends, however rarely the others look for work', async () => {
    const first = await worker(new VirtualClock());
    const clock = new VirtualClock();
    await worker(clock, '1h');
    const handle = await first.manager.runAsTenant('acme', () =>
      first.manager.startWorkflow(OwnedWorkflow),
    );
    await begun.reached(1);

    await begunAgain(clock);
    gates[1]?.open('second');

    // A poll would find it after an hour. That it takes no longer than the lease cannot be said of a
    // clock that moves while the database, in its own time, answers.
    expect(clock.monotonic()).toBeLessThan(MINUTE);
    expect(handle.accepted).toBe(true);
  }, 30_000);

  it('is kept beyond the lease by a worker that lives', async () => {
    const clock = new VirtualClock();
    const first = await worker(clock);
    const handle = await first.manager.runAsTenant('acme', () =>
      first.manager.startWorkflow(OwnedWorkflow),
    );
    await begun.reached(1);
    const [before] = await visibleAt();

    await clock.advance(LEASE / 3);
    await clock.timer(LEASE / 3);
    const after = await until(visibleAt, ([at]) => at !== before);
    gates[0]?.open('first');

    expect(Number(after[0])).toBeGreaterThan(Number(before));
    expect(await handle.result()).toMatchObject({ success: true });
  });

  /** Time moves only while nobody waits for an answer: else it would end the lease of the second one, too. */
  const begunAgain = async (clock: VirtualClock): Promise<void> => {
    await until(
      async () => {
        if (!(await somebodyAsks())) await clock.advance(10);
        return begun.count === 2 || clock.monotonic() >= MINUTE;
      },
      (over) => over,
    );
    expect(begun.count).toBe(2);
  };

  const somebodyAsks = async (): Promise<boolean> => {
    const asking = await observer.query<unknown[]>(`
      SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`);
    return asking.length > 0;
  };

  const visibleAt = async (): Promise<number[]> => {
    const rows = await observer.query<{ visible_at: Date }[]>(
      'SELECT visible_at FROM workflow_task',
    );
    return rows.map(({ visible_at: at }) => at.getTime());
  };
});

/** Asks again until the answer is what is waited for; each question is a round trip. */
async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (let asked = 0; asked < 100_000; asked += 1) {
    const answer = await ask();
    if (holds(answer)) return answer;
  }
  throw new Error('What was waited for did not come.');
}

const endOf = (worker: WorkflowApp, executionId: string, clock: VirtualClock) =>
  until(
    async () => {
      await clock.advance(0);
      return worker.manager.runAsTenant('acme', () =>
        worker.manager.getExecutionStatus(executionId),
      );
    },
    (execution) => execution?.endTime !== undefined,
  );
