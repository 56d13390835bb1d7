import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import {
  type Clock,
  Step,
  Workflow,
  WorkflowHealth,
  type WorkflowModuleOptions,
} from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, Tally, type Gate } from '../support/gate.js';
import { LogBook } from '../support/http-app.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

/** So rarely does anybody look who was not told to. */
const NEVER = '1h';

let begun: Tally;
let gates: Gate<unknown>[];

@Workflow({ id: 'told', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class ToldWorkflow {
  @Step()
  async work() {
    await gates[begun.mark() - 1]?.passed;
    return { done: true };
  }

  @Step({ dependencies: ['work'] })
  finish() {
    return { done: true };
  }
}

/** A client that a transaction pooler stands before: it subscribes to a session it does not keep. */
class PooledClient extends pg.Client {
  override emit(event: string | symbol, ...values: unknown[]): boolean {
    return event !== 'notification' && super.emit(event, ...values);
  }
}

describe('processes that share a PostgreSQL database', () => {
  let server: PostgresServer;
  let databases = 0;
  let database: Awaited<ReturnType<PostgresServer['database']>>;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);
  beforeEach(async () => {
    begun = new Tally();
    gates = [];
    database = await server.database(`notifications_${(databases += 1)}`);
  });
  afterEach(async () => {
    for (const held of gates) held.open(undefined);
    for (const closing of open.splice(0).reverse()) await closing.close();
  });

  const process = async (
    options: WorkflowModuleOptions = {},
    { clock, Client }: { clock?: Clock; Client?: typeof pg.Client } = {},
  ): Promise<WorkflowApp & { readonly dataSource: DataSource; readonly log: LogBook }> => {
    const extra = Client ? { extra: { Client } } : {};
    const dataSource = await new DataSource({ ...database, ...extra }).initialize();
    open.push({ close: () => dataSource.destroy() });
    const running = await workflowApp({
      providers: [ToldWorkflow],
      options: { pollInterval: NEVER, ...options, store: { dataSource, ...options.store } },
      ...(clock ? { clock } : {}),
    });
    open.push(running);
    const log = new LogBook();
    running.app.useLogger(log);
    return { ...running, dataSource, log };
  };
  const asAcme = <T>({ manager }: WorkflowApp, work: () => Promise<T>): Promise<T> =>
    manager.runAsTenant('acme', work);

  it('tells a worker of work, and who waits of its end', async () => {
    await process();
    const starter = await process({ worker: false });

    for (let round = 0; round < 3; round += 1) {
      const result = await asAcme(starter, () => starter.manager.runWorkflow(ToldWorkflow));
      expect(result).toMatchObject({ success: true, data: { done: true } });
    }
  });

  it('tells who joined an execution of its end', async () => {
    const runner = await process();
    const clock = new VirtualClock();
    const other = await process({ worker: false }, { clock });
    await subscriptions(2);
    // Long after they have got to know each other.
    for (let second = 0; second < 10; second += 1) await passing(1_000, clock, other);
    gates = [gate()];
    const options = { idempotencyKey: 'once' };
    await asAcme(runner, () => runner.manager.startWorkflow(ToldWorkflow, {}, options));
    await begun.reached(1);
    const joined = await asAcme(other, () =>
      other.manager.startWorkflow(ToldWorkflow, {}, options),
    );
    const result = settled(joined.result());
    for (let moment = 0; moment < 10; moment += 1) await passing(20, clock, other);
    expect(result.settled).toBe(false);
    gates[0]?.open(undefined);
    while (!result.settled) await passing(20, clock, other);

    expect(joined).toMatchObject({ accepted: true, joined: true });
    expect(await result.value).toMatchObject({ success: true });
  });

  it('tells who waits that another process cancelled the execution', async () => {
    gates = [gate()];
    const runner = await process();
    const waiting = await process({ worker: false });
    const handle = await asAcme(waiting, () => waiting.manager.startWorkflow(ToldWorkflow));
    await begun.reached(1);
    await asAcme(runner, () => runner.manager.cancelExecution(String(handle.executionId)));

    expect(await handle.result()).toMatchObject({ success: false, statusCode: 409 });
  });

  it('tells a worker of another run, and who ordered it of the end of that run', async () => {
    await process();
    const other = await process({ worker: false });
    gates = [gate()];
    gates[0]?.fail(new Error('the first time fails'));
    const handle = await asAcme(other, () => other.manager.startWorkflow(ToldWorkflow));
    expect(await handle.result()).toMatchObject({ success: false });
    const again = await asAcme(other, () =>
      other.manager.retryExecution(String(handle.executionId)),
    );

    expect(again).toMatchObject({ success: true, data: { done: true } });
  });

  it('tells a worker of a start inside a transaction after its commit', async () => {
    await process();
    const starter = await process({ worker: false });
    const handle = await asAcme(starter, () =>
      starter.dataSource.transaction((manager) =>
        starter.manager.startWorkflow(ToldWorkflow, {}, { manager }),
      ),
    );

    expect(await handle.result()).toMatchObject({ success: true });
  });

  it('tells a worker what another one gives back when it shuts down', async () => {
    gates = [gate()];
    const leaving = await process({ drainTimeout: 0 });
    const options = { idempotencyKey: 'moved' };
    await asAcme(leaving, () => leaving.manager.startWorkflow(ToldWorkflow, {}, options));
    await begun.reached(1);
    const staying = await process();
    const joined = await asAcme(staying, () =>
      staying.manager.startWorkflow(ToldWorkflow, {}, options),
    );
    const closed = leaving.close();

    expect(await joined.result()).toMatchObject({ success: true });
    expect(begun.count).toBe(2);
    await closed;
  });

  it('tells a worker what a full one has no slot for', async () => {
    gates = [gate()];
    const full = await process({ limits: { concurrency: 1 } });
    await process();
    await asAcme(full, () => full.manager.startWorkflow(ToldWorkflow));
    await begun.reached(1);

    expect(await asAcme(full, () => full.manager.runWorkflow(ToldWorkflow))).toMatchObject({
      success: true,
    });
  });

  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - if (this.deaf) return;
  // Red when: libs/workflow/src/dispatch/hearing-test.ts
  //   - this.outcomes.deaf();
  it('F22 polls behind a pooler, and says so once', async () => {
    const clock = new VirtualClock();
    await process();
    const waiting = await process(
      { worker: false, pollInterval: '1s' },
      { clock, Client: PooledClient },
    );
    await subscriptions(2);
    const handle = await asAcme(waiting, () => waiting.manager.startWorkflow(ToldWorkflow));
    const result = settled(handle.result());
    while (!result.settled) await passing(1_000, clock, waiting);
    await clock.advance(120_000);

    expect(await result.value).toMatchObject({ success: true });
    expect(codesIn(waiting.log).filter((code) => code.startsWith('NOTIFICATIONS'))).toEqual([
      'NOTIFICATIONS_UNHEARD',
    ]);
    expect(waiting.app.get(WorkflowHealth).report()).toEqual({ status: 'ok', reasons: [] });
  });

  // Red when: libs/workflow/src/persistence/postgres/postgres.channel.ts
  //   - if (this.listener) this.open(this.listener);
  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - // What was announced while nothing was heard here.
  //   - this.results.lookSoon();
  it('F22 subscribes again when the connection dies, and looks for what it missed', async () => {
    gates = [gate()];
    await process();
    const clock = new VirtualClock();
    const waiting = await process({ worker: false }, { clock });
    const handle = await asAcme(waiting, () => waiting.manager.startWorkflow(ToldWorkflow));
    const result = settled(handle.result());
    while (begun.count === 0) await passing(20, clock, waiting);
    // Its clock stands still, so it does not subscribe again yet; the end comes meanwhile.
    const [, second] = await subscriptions(2);
    await waiting.dataSource.query('SELECT pg_terminate_backend($1)', [second]);
    await subscriptions(1);
    gates[0]?.open(undefined);
    await ended(waiting, String(handle.executionId));
    expect(result.settled).toBe(false);

    await clock.advance(1_000);
    await subscriptions(2);
    while (!result.settled) await passing(50, clock, waiting);
    expect(await result.value).toMatchObject({ success: true });
  });

  // Red when: libs/workflow/src/dispatch/process-announcements.ts
  //   - if (!said) return;
  it('F31 goes on through a storm of notifications', async () => {
    await process();
    const starter = await process({ worker: false });
    await subscriptions(2);
    const storm = starter.dataSource.query(
      `SELECT pg_notify('workflow', kind || ' stranger ' || repeat(chr(97 + i % 26), 7 * i))
       FROM generate_series(1, 1000) i, unnest(ARRAY['work', 'look', 'ended', 'awaits', 'noise']) kind`,
    );
    const results = await asAcme(starter, () =>
      Promise.all(Array.from({ length: 20 }, () => starter.manager.runWorkflow(ToldWorkflow))),
    );
    await storm;

    expect(results.every(({ success }) => success)).toBe(true);
    expect(await asAcme(starter, () => starter.manager.runWorkflow(ToldWorkflow))).toMatchObject({
      success: true,
    });
  });

  it('says nothing where notifications are off', async () => {
    const quiet = await process({ store: { notifications: false } });
    await asAcme(quiet, () => quiet.manager.runWorkflow(ToldWorkflow));

    expect(await listening()).toEqual([]);
  });

  it('leaves no connection and no timer behind', async () => {
    const clock = new VirtualClock();
    const { dataSource, close } = await process({}, { clock });
    await subscriptions(1);
    await close();

    expect(clock.pending).toEqual([]);
    // The server needs a moment to see that a client has gone.
    await until(
      () => dataSource.query<unknown[]>(OTHERS),
      (others) => others.length === 0,
    );
  });

  /** Lets time pass for one process, and the database answer meanwhile. */
  const passing = async (
    milliseconds: number,
    clock: VirtualClock,
    { dataSource }: { readonly dataSource: DataSource },
  ): Promise<void> => {
    await clock.advance(milliseconds);
    await dataSource.query('SELECT 1');
  };

  /** Ids of the server processes that listen, in the order in which they were started. */
  const listening = async (): Promise<number[]> => {
    const rows = await observer((client) => client.query<{ pid: number }>(LISTENING));
    return rows.rows.map(({ pid }) => pid);
  };
  const subscriptions = (count: number): Promise<number[]> =>
    until(listening, (pids) => pids.length === count);
  const observer = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const { host, port, username: user, password, database: name } = database;
    const client = new pg.Client({ host, port, user, password: String(password), database: name });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };
  const ended = (running: WorkflowApp, executionId: string): Promise<unknown> =>
    until(
      () => asAcme(running, () => running.manager.getExecutionStatus(executionId)),
      (execution) => execution?.endTime !== undefined,
    );
});

/** Sessions that listen have said so, or have sent notifications since. */
const LISTENING = `
  SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND (query LIKE 'LISTEN %' OR query LIKE '%unnest($2::text[]) m')
  ORDER BY backend_start`;

const OTHERS = `
  SELECT query FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;

/** Asks again until the answer is what is waited for; each question is a round trip. */
async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (let asked = 0; asked < 100_000; asked += 1) {
    const answer = await ask();
    if (holds(answer)) return answer;
  }
  throw new Error('What was waited for did not come.');
}

/** A promise of which one can see whether it is settled. */
function settled<T>(value: Promise<T>): { settled: boolean; readonly value: Promise<T> } {
  const seen = { settled: false, value };
  const mark = (): void => {
    seen.settled = true;
  };
  value.then(mark, mark);
  return seen;
}

const codesIn = ({ entries }: LogBook): string[] =>
  entries.map(([event]) => String((event as { code?: unknown }).code));
