import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Step, Workflow } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { gate, type Gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

/** Milliseconds; far longer than a busy machine needs for an answer. */
const LEASE = 30_000;

/** Milliseconds of virtual time that a look takes: its answers must come long before a lease ends. */
const MOMENT = 10;

/** A worker whose process can be taken away: its clock stands still then, as when it is stopped. */
interface Mortal extends WorkflowApp {
  readonly clock: VirtualClock;
}

let ran: string[];
/** The work of each workflow does not end before this opens; whoever dies waits there. */
let gates: Record<'suspect' | 'neighbour', Gate>;

@Workflow({ id: 'suspect', version: '1.0.0' })
class SuspectWorkflow {
  @Step()
  work() {
    ran.push('suspect');
    return gates.suspect.passed;
  }
}

@Workflow({ id: 'neighbour', version: '1.0.0' })
class NeighbourWorkflow {
  @Step()
  work() {
    ran.push('neighbour');
    return gates.neighbour.passed;
  }
}

describe('F08 an execution under which workers die', () => {
  let server: PostgresServer;
  let databases = 0;
  let database: Awaited<ReturnType<PostgresServer['database']>>;
  let observer: DataSource;
  let clocks: VirtualClock[];
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    ran = [];
    clocks = [];
    gates = { suspect: gate(), neighbour: gate() };
    database = await server.database(`poison_${(databases += 1)}`);
    observer = await new DataSource(database).initialize();
    open.push({ close: () => observer.destroy() });
  });
  afterEach(async () => {
    for (const held of Object.values(gates)) held.open();
    for (const closing of open.splice(0).reverse()) await closing.close();
  });

  /** The next one, who comes when the leases of those before have ended. */
  const nextLife = (): Promise<Mortal> => boot(true);
  /** Starts executions and runs none. */
  const front = (): Promise<Mortal> => boot(false);
  const boot = async (worker: boolean): Promise<Mortal> => {
    const clock = new VirtualClock();
    const latest = Math.max(-LEASE, ...clocks.map((each) => each.monotonic()));
    await clock.advance(latest + LEASE);
    clocks.push(clock);
    const dataSource = await new DataSource(database).initialize();
    open.push({ close: () => dataSource.destroy() });
    const running = await workflowApp({
      providers: [SuspectWorkflow, NeighbourWorkflow],
      clock,
      options: { worker, store: { dataSource, lease: LEASE }, drainTimeout: 0 },
    });
    open.push(running);
    return { ...running, clock };
  };
  const start = async ({ manager }: Mortal, workflow: typeof SuspectWorkflow): Promise<string> => {
    const handle = await manager.runAsTenant('acme', () => manager.startWorkflow(workflow));
    return handle.executionId ?? '';
  };
  /** How it ended, when it has. */
  const endOf = async ({ manager }: Mortal, id: string): Promise<string | undefined> => {
    const found = await manager.runAsTenant('acme', () => manager.getExecutionStatus(id));
    return found?.endTime && (found.errors[0]?.code ?? found.status);
  };
  const task = async (id: string): Promise<{ claims: number; fence: number }> => {
    const [row] = await observer.query<{ claims: number; fence: string }[]>(
      'SELECT claims, fence FROM workflow_task WHERE execution_id = $1',
      [id],
    );
    return { claims: Number(row?.claims), fence: Number(row?.fence) };
  };
  /** Lets a worker live on until it is so. */
  const until = async <T>(
    { clock }: Mortal,
    ask: () => T | Promise<T>,
  ): Promise<NonNullable<T>> => {
    for (let asked = 0; asked < 1_000; asked += 1) {
      const answer = await ask();
      if (answer) return answer;
      await observer.query('SELECT 1');
      await clock.advance(MOMENT);
    }
    throw new Error(`It did not come to be: ${ask.toString()}`);
  };
  const runs = (name: string): number => ran.filter((each) => each === name).length;

  it('is ended as POISON by three of them, and its neighbour is unharmed', async () => {
    const first = await nextLife();
    const suspect = await start(first, SuspectWorkflow);
    const neighbour = await start(first, NeighbourWorkflow);
    const second = await nextLife();
    await until(second, () => runs('suspect') === 2 && runs('neighbour') === 2);
    // Both are suspects now. Whoever of them comes first runs alone.
    gates.neighbour.open();
    const third = await nextLife();
    await until(third, () => runs('suspect') === 3);
    expect((await task(suspect)).claims).toBe(4);

    const fourth = await nextLife();
    expect(await until(fourth, () => endOf(fourth, suspect))).toBe('POISON');
    expect(await until(fourth, () => endOf(fourth, neighbour))).toBe('completed');
    expect(runs('suspect')).toBe(3);
  });

  it('is not ended for those that die while it waits for its turn', async () => {
    const first = await nextLife();
    const suspect = await start(first, SuspectWorkflow);
    const second = await nextLife();
    await until(second, () => runs('suspect') === 2);
    const api = await front();
    const beside: string[] = [];
    for (let deaths = 1; deaths <= 3; deaths += 1) {
      // Someone who has others to run beside it, and dies before they leave.
      beside.push(await start(api, NeighbourWorkflow));
      const before = runs('neighbour');
      const next = await nextLife();
      await until(next, async () => (await task(suspect)).fence === 2 + deaths);
      await until(next, () => runs('neighbour') > before);
    }
    expect(runs('suspect')).toBe(2);

    const { fence } = await task(suspect);
    const last = await nextLife();
    await until(last, async () => (await task(suspect)).fence > fence);
    for (const held of Object.values(gates)) held.open();
    for (const id of [suspect, ...beside]) {
      expect(await until(last, () => endOf(last, id))).toBe('completed');
    }
  });

  it('begins alone: what runs already leaves first, and nothing begins beside it', async () => {
    const first = await nextLife();
    const suspect = await start(first, SuspectWorkflow);
    const second = await nextLife();
    await until(second, () => runs('suspect') === 2);
    const before = await start(await front(), NeighbourWorkflow);
    const third = await nextLife();
    await until(third, async () => (await task(suspect)).fence === 3 && runs('neighbour') === 1);
    const after = await start(third, NeighbourWorkflow);
    expect(runs('suspect')).toBe(2);

    gates.neighbour.open();
    await until(third, () => runs('suspect') === 3);
    expect(await endOf(third, before)).toBe('completed');
    expect(runs('neighbour')).toBe(1);

    gates.suspect.open();
    expect(await until(third, () => endOf(third, after))).toBe('completed');
    expect(await endOf(third, suspect)).toBe('completed');
  });

  it('runs after the other, when there are several, and is not handed about until then', async () => {
    const first = await nextLife();
    const suspects: string[] = [];
    for (let n = 0; n < 3; n += 1) suspects.push(await start(first, SuspectWorkflow));
    const second = await nextLife();
    await until(second, () => runs('suspect') === 6);
    const third = await nextLife();
    await until(third, () => runs('suspect') === 7);
    const tasks = await Promise.all(suspects.map(task));
    expect(tasks.map(({ fence }) => fence)).toEqual([3, 3, 3]);
    expect(tasks.map(({ claims }) => claims).sort()).toEqual([3, 3, 4]);

    gates.suspect.open();
    for (const id of suspects) {
      expect(await until(third, () => endOf(third, id))).toBe('completed');
    }
    expect(runs('suspect')).toBe(9);
  });

  it('is not ended when it was given back in good order, however often', async () => {
    const first = await nextLife();
    const suspect = await start(first, SuspectWorkflow);
    const second = await nextLife();
    await until(second, () => runs('suspect') === 2);
    for (let deploys = 1; deploys <= 3; deploys += 1) {
      const next = await nextLife();
      await until(next, () => runs('suspect') === 2 + deploys);
      await next.close();
    }

    gates.suspect.open();
    const last = await nextLife();
    expect(await until(last, () => endOf(last, suspect))).toBe('completed');
  });
});
