import { beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../libs/workflow/src/runtime/clock.js';
import { step, workflow } from '../support/definitions.js';
import { eventually } from '../support/eventually.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { postgresWorkers } from '../support/postgres-workers.js';
import { VirtualClock } from '../support/virtual-clock.js';

const LEASE = 60_000;
const HOUR = 3_600_000;

/** The clock of a machine that is wrong, or becomes it. */
class WrongClock extends SystemClock {
  constructor(public error: number) {
    super();
  }

  override now(): number {
    return super.now() + this.error;
  }
}

/** The workers agree; the clock of the database jumps. */
class JumpingDatabase extends VirtualClock {
  jumped = 0;

  override databaseOffset(): number {
    return super.databaseOffset() + this.jumped;
  }
}

describe('a clock that is wrong', () => {
  const workers = postgresWorkers();
  let begun: Tally;
  let gates: Gate<string>[];
  beforeEach(() => {
    begun = new Tally();
    gates = [gate<string>(), gate<string>()];
  });

  /** Lets time pass no faster than the database answers, or the heartbeats would give up. */
  const secondsUntil = (clock: VirtualClock, check: () => boolean): Promise<unknown> =>
    eventually(async () => {
      await clock.advance(1_000);
      for (let asked = 0; asked < 100 && !check(); asked += 1) await workers.query('SELECT 1');
      return check();
    });

  const held = workflow('held', [
    step('work', () => gates[begun.mark() - 1]?.passed, { timeout: 2 * HOUR }),
  ]);
  const store = { lease: LEASE };

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.task-queue.ts
  //   - const due = [this.clock.databaseOffset(), capabilities, limit, look.age];
  //   + const due = [this.clock.now() - Date.now(), capabilities, limit, look.age];
  it.each([
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
  ])(
    'F38 of a worker that is %s, and jumps back, moves no lease',
    async (_how, error) => {
      const wrong = new WrongClock(error);
      const options = { store, pollInterval: 20 };
      const right = await workers.open({ options });
      const other = await workers.open({ clock: wrong, options });
      const [owner, thief] = error > 0 ? [right, other] : [other, right];
      for (const { manager } of [owner, thief]) manager.registerWorkflow({}, held);
      const run = owner.manager.runAsTenant('acme', () => owner.manager.runWorkflow('held'));
      await begun.reached(1);

      const leased = `SELECT worker_id AS worker,
      extract(epoch FROM visible_at - clock_timestamp()) * 1000 AS left FROM workflow_task`;
      const [before] = await workers.query<{ worker: string; left: string }>(leased);
      expect(Math.abs(Number(before?.left) - LEASE)).toBeLessThan(LEASE / 2);
      // The other one looks for work all the time, and is told of some that is not for it.
      const looks = async (): Promise<void> => {
        const found = await thief.manager.runAsTenant('acme', () =>
          thief.manager.runWorkflow('other'),
        );
        expect(found.success).toBe(true);
      };
      thief.manager.registerWorkflow({}, workflow('other', [step('a', () => 1)]));
      for (let looked = 0; looked < 20; looked += 1) await looks();
      wrong.error = -error;
      for (let looked = 0; looked < 20; looked += 1) await looks();
      const [after] = await workers.query<{ worker: string }>(leased);
      expect(after?.worker).toBe(before?.worker);

      gates[0]?.open('done');
      expect(await run).toMatchObject({ success: true, data: 'done' });
      expect(begun.count).toBe(1);
    },
    30_000,
  );

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.task-queue.ts
  //   - const due = [this.clock.databaseOffset(), capabilities, limit, look.age];
  //   + const due = [0, capabilities, limit, look.age];
  it('F39 of the database that jumps ahead ends leases too early, and fences who had them', async () => {
    // The first looks at nothing meanwhile, so that it does not renew its lease in time.
    const clocks = [new JumpingDatabase(), new JumpingDatabase()] as const;
    const [, clock] = clocks;
    const first = await workers.open({ clock: clocks[0], options: { store } });
    const second = await workers.open({ clock, options: { store } });
    for (const { manager } of [first, second]) manager.registerWorkflow({}, held);
    const started = await first.manager.runAsTenant('acme', () =>
      first.manager.startWorkflow('held'),
    );
    await begun.reached(1);

    for (const each of clocks) each.jumped = HOUR;
    await secondsUntil(clock, () => begun.count === 2);
    gates[0]?.open('of the first owner');
    gates[1]?.open('of the second owner');
    await eventually(async () => {
      const [{ left }] = await workers.query<{ left: number }>(
        'SELECT count(*)::int AS left FROM workflow_task',
      );
      return left === 0;
    });

    const stored = await second.manager.runAsTenant('acme', () =>
      second.manager.getExecutionStatus(String(started.executionId)),
    );
    expect(stored).toMatchObject({ status: 'completed' });
    expect(stored?.results).toMatchObject([{ data: 'of the second owner' }]);
    expect(begun.count).toBe(2);
  }, 30_000);

  // Red when: libs/workflow/src/persistence/dialects/postgres/postgres.statements.ts
  //   - UPDATE ${task} t SET visible_at = ${now} + ${milliseconds('$2::float8')}
  //   + UPDATE ${task} t SET visible_at = greatest(t.visible_at, ${now} + ${milliseconds('$2::float8')})
  it('F39 of the database that jumps back lets nobody wait longer than it jumped', async () => {
    const clock = new JumpingDatabase();
    clock.jumped = HOUR;
    const app = await workers.open({ clock, options: { store, longestWaitInMemory: 0 } });
    let attempts = 0;
    app.manager.registerWorkflow(
      {},
      workflow('flaky', [
        step(
          'work',
          () => {
            attempts += 1;
            if (attempts === 1) throw new Error('once');
            return attempts;
          },
          { retry: { maxRetries: 1, retryDelay: 30_000 } },
        ),
      ]),
    );
    app.manager.registerWorkflow({}, held);
    const visible = (workflowId: string) =>
      workers.query<{ in: number; status: string }>(`
        SELECT extract(epoch FROM t.visible_at - clock_timestamp())::float8 * 1000 AS in, t.status
        FROM workflow_task t JOIN workflow_execution e ON e.id = t.execution_id
        WHERE e.workflow_id = '${workflowId}'`);
    const start = (id: string) =>
      app.manager.runAsTenant('acme', () => app.manager.startWorkflow(id));
    const first = await start('held');
    const flaky = await start('flaky');
    await begun.reached(1);
    await eventually(async () => {
      const [task] = await visible('flaky');
      return task?.status === 'waiting';
    });

    clock.jumped = 0;
    // Renewed leases follow the database, so that a death now is noticed a lease later.
    await clock.advance(LEASE / 3);
    await eventually(async () => {
      const [task] = await visible('held');
      return Number(task?.in) < 2 * LEASE;
    });
    gates[0]?.open('done');
    expect(await first.result()).toMatchObject({ success: true });
    await clock.advance(60_000);
    expect(attempts).toBe(1);
    await clock.advance(HOUR);
    await secondsUntil(clock, () => attempts === 2);
    expect(await flaky.result()).toMatchObject({ success: true, data: 2 });
  }, 30_000);
});
