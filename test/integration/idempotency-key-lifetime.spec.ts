import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { StartOptions, WorkflowHandle, WorkflowManager } from '@luxgen/workflow';
import { DATABASES, openDatabase, type Databases } from '../support/databases.js';
import { step, workflow } from '../support/definitions.js';
import { postgresWorkers } from '../support/postgres-workers.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const MINUTE = 60_000;
const AT_ONCE = 10;

const ECHO = workflow('w', [step('a', ({ input }) => input)]);

const start = (manager: WorkflowManager, input: number, options: StartOptions = {}) =>
  manager.runAsTenant('acme', () =>
    manager.startWorkflow('w', input, { idempotencyKey: 'order-1', ...options }),
  );

const times = <T>(count: number, work: () => Promise<T>): Promise<T>[] =>
  Array.from({ length: count }, work);

/** One execution, made of what was given last, however it was asked for. */
async function expectOne(
  handles: readonly WorkflowHandle<unknown>[],
  data: number,
): Promise<string | undefined> {
  const results = await Promise.all(handles.map((handle) => handle.result()));
  for (const result of results) expect(result).toMatchObject({ success: true, data });
  expect(new Set(handles.map(({ executionId }) => executionId)).size).toBe(1);
  expect(handles.filter((handle) => handle.accepted && !handle.joined)).toHaveLength(1);
  return handles[0]?.executionId;
}

describe.each(DATABASES)('an idempotency key whose lifetime is over, on %s', (_name, open) => {
  let databases: Databases;
  let dataSource: DataSource;
  let running: WorkflowApp;
  let clock: VirtualClock;
  beforeAll(async () => {
    databases = await open();
  }, 60_000);
  afterAll(() => databases.close());
  beforeEach(async () => {
    dataSource = await openDatabase(databases);
    clock = new VirtualClock();
    running = await workflowApp({
      clock,
      options: { store: { dataSource, idempotencyKeyLifetime: MINUTE } },
    });
    running.manager.registerWorkflow({}, ECHO);
  });
  afterEach(async () => {
    await running.close();
    await dataSource.destroy();
  });

  it('is of one new execution, however many start with it at once, and whatever their input', async () => {
    const { manager } = running;
    const old = await start(manager, 1);
    await old.result();
    await clock.advance(MINUTE);

    const next = await expectOne(await Promise.all(times(AT_ONCE, () => start(manager, 2))), 2);
    expect(next).not.toBe(old.executionId);

    await clock.advance(MINUTE);
    const last = await expectOne(await Promise.all(times(AT_ONCE, () => start(manager, 2))), 2);
    expect(last).not.toBe(next);
  });
});

describe('an idempotency key whose lifetime is over, in several processes', () => {
  const workers = postgresWorkers();
  const OPTIONS = { store: { idempotencyKeyLifetime: MINUTE } };

  it('is of one new execution, whoever starts with it', async () => {
    const clock = new VirtualClock();
    const apps = await Promise.all([1, 2].map(() => workers.open({ clock, options: OPTIONS })));
    for (const { manager } of apps) manager.registerWorkflow({}, ECHO);
    const [{ manager }] = apps;
    await (await start(manager, 1)).result();
    await clock.advance(MINUTE);

    const starts = apps.flatMap((app) => times(AT_ONCE, () => start(app.manager, 2)));

    const handles = await Promise.all(starts);
    expect(handles.map(({ accepted }) => accepted)).toEqual(handles.map(() => true));
    expect(new Set(handles.map(({ executionId }) => executionId)).size).toBe(1);
  });

  it('is of one new execution, in whichever transaction of the user it is started', async () => {
    const clock = new VirtualClock();
    const { manager, dataSource } = await workers.open({ clock, options: OPTIONS });
    manager.registerWorkflow({}, ECHO);
    await (await start(manager, 1)).result();
    await clock.advance(MINUTE);
    const holding = dataSource.createQueryRunner();
    await holding.startTransaction();
    await holding.query('SELECT 1 FROM workflow_execution FOR UPDATE');

    const starts = times(3, () =>
      dataSource.transaction((transaction) => start(manager, 2, { manager: transaction })),
    );
    await waitingForLocks(3);
    await holding.rollbackTransaction();
    await holding.release();

    await expectOne(await Promise.all(starts), 2);
  });

  /** Resolves when so many statements wait for somebody's lock. */
  const waitingForLocks = async (count: number): Promise<void> => {
    let found = 0;
    while (found < count) {
      const rows = await workers.query(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      found = rows.length;
    }
  };
});
