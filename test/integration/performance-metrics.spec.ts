import { hasSubscribers } from 'node:diagnostics_channel';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TypeOrmModule } from '@nestjs/typeorm';
import libsql from 'libsql';
import { DataSource, EntitySchema } from 'typeorm';
import { appPerTest } from '../support/app-per-test.js';
import { runOnce, step, workflow } from '../support/definitions.js';
import { gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

const Note = new EntitySchema<{ id: number; text: string }>({
  name: 'note',
  columns: {
    id: { type: 'integer', primary: true, generated: 'increment' },
    text: { type: 'text' },
  },
});

describe('databaseQueries', () => {
  const start = appPerTest();
  const database = () =>
    TypeOrmModule.forRoot({
      type: 'better-sqlite3',
      driver: libsql,
      database: ':memory:',
      entities: [Note],
      synchronize: true,
    });

  it('counts the queries that a step sends through the DataSource, and no others', async () => {
    const { app, manager } = await start({ imports: [database()], options: { store: {} } });
    const dataSource = app.get(DataSource);
    const notes = dataSource.getRepository(Note);
    const counts: number[] = [];
    const begun = gate();
    const queried = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('beside', async ({ performanceMetrics }) => {
          begun.open();
          await queried.passed;
          counts.push(performanceMetrics.databaseQueries);
        }),
        step('reads', async ({ performanceMetrics }) => {
          await begun.passed;
          await notes.find();
          await dataSource.query('SELECT 1');
          counts.push(performanceMetrics.databaseQueries);
          await dataSource.query('SELECT 2');
          queried.open();
        }),
        step('after', ({ performanceMetrics }) => counts.push(performanceMetrics.databaseQueries), {
          dependencies: ['reads', 'beside'],
        }),
      ]),
    );
    const running = manager.runAsTenant('acme', () => manager.runWorkflow('w'));
    await begun.passed;
    await notes.count();
    const result = await running;
    expect(counts).toEqual([2, 0, 0]);
    expect(result.metadata?.performance.databaseQueries).toBe(3);
  });

  it('stops with the application, which keeps its DataSource as it was', async () => {
    const { app, close } = await start({ imports: [database()], options: { store: {} } });
    const dataSource = app.get(DataSource);
    expect(dataSource.subscribers).not.toEqual([]);
    await close();
    expect(dataSource.subscribers).toEqual([]);
  });
});

describe('apiCalls', () => {
  const start = appPerTest();
  let server: Server;
  let url: string;
  beforeEach(async () => {
    server = createServer((_request, response) => response.end('ok'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const byFetch = async (): Promise<void> => {
    await (await fetch(url)).text();
  };
  const byHttp = (): Promise<void> =>
    new Promise((resolve, reject) => {
      get(url, (response: IncomingMessage) => {
        response.resume();
        response.on('end', resolve);
      }).on('error', reject);
    });

  it('counts what a step sends by fetch and by node:http, however deep in its calls', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step('a', async (context) => {
          await Promise.all([byFetch(), byHttp()]);
          const between = context.performanceMetrics.apiCalls;
          await Promise.resolve().then(byFetch);
          return [between, context.performanceMetrics.apiCalls];
        }),
        step('b', byHttp),
      ]),
    );
    expect(result.data).toMatchObject({ a: [2, 3] });
    expect(result.metadata?.performance.apiCalls).toBe(4);
  });

  it('counts the calls of attempts that failed, too', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step(
          'a',
          async ({ retryCount }) => {
            await byHttp();
            if (retryCount < 2) throw new Error('again');
          },
          { retry: { maxRetries: 2, retryDelay: 0 } },
        ),
      ]),
    );
    expect(result.metadata?.performance.apiCalls).toBe(3);
  });

  it('stops being counted with the application', async () => {
    const { close } = await start({});
    expect(hasSubscribers('http.client.request.start')).toBe(true);
    await close();
    expect(hasSubscribers('http.client.request.start')).toBe(false);
    expect(hasSubscribers('undici:request:create')).toBe(false);
  });

  it('counts for the application whose step it is, and for nobody when there is none', async () => {
    const [first, second] = await Promise.all([start({}), start({})]);
    const definition = workflow('w', [step('a', byFetch)]);
    const [one, other] = await Promise.all([
      runOnce(first.manager, definition),
      runOnce(second.manager, definition),
      byFetch(),
    ]);
    expect(one.metadata?.performance.apiCalls).toBe(1);
    expect(other.metadata?.performance.apiCalls).toBe(1);
  });

  it('does not count for a step what an execution does that the step started', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('child', [step('a', byHttp)]));
    const result = await runOnce(
      manager,
      workflow('parent', [
        step('a', async (context) => {
          const child = await manager.runWorkflow('child');
          return [child.metadata?.performance.apiCalls, context.performanceMetrics.apiCalls];
        }),
      ]),
    );
    expect(result.data).toEqual([1, 0]);
  });
});

describe('the other metrics', () => {
  const start = appPerTest();

  const burn = (milliseconds: number): number => {
    const end = process.cpuUsage().user + milliseconds * 1_000;
    let sum = 0;
    while (process.cpuUsage().user < end) for (let i = 0; i < 1e4; i += 1) sum += Math.sqrt(i);
    return sum;
  };

  it('cpuUsage grows with the work of the step, in milliseconds', async () => {
    const { manager } = await start({});
    const light = await runOnce(manager, workflow('light', [step('a', () => 1)]));
    const heavy = await runOnce(
      manager,
      workflow('heavy', [
        step('a', () => {
          burn(120);
        }),
      ]),
    );
    const [less, more] = [light, heavy].map(({ metadata }) => metadata?.performance.cpuUsage ?? -1);
    expect(less).toBeGreaterThanOrEqual(0);
    expect(more).toBeGreaterThanOrEqual(115);
    expect(more).toBeGreaterThan((less ?? 0) + 60);
  });

  it('cpuUsage is shared by the steps that run at one time', async () => {
    const { manager } = await start({});
    const begun = gate();
    const burnt = gate();
    const before = process.cpuUsage();
    const result = await runOnce(
      manager,
      workflow('w', [
        step('idle', async ({ performanceMetrics }) => {
          begun.open();
          await burnt.passed;
          return performanceMetrics.cpuUsage;
        }),
        step('busy', async () => {
          await begun.passed;
          burn(300);
          burnt.open();
        }),
      ]),
    );
    const { user, system } = process.cpuUsage(before);
    // Both together are charged what the process has spent, not twice that.
    const total = result.metadata?.performance.cpuUsage ?? 0;
    expect(total).toBeGreaterThanOrEqual(290);
    expect(total).toBeLessThanOrEqual((user + system) / 1_000);
  });

  it('memoryUsage is the heap at the moment of reading', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step('a', ({ performanceMetrics }) => {
          const before = performanceMetrics.memoryUsage;
          const ballast = Array.from({ length: 400_000 }, (_, index) => ({ index }));
          return { before, grown: performanceMetrics.memoryUsage - before, kept: ballast.length };
        }),
      ]),
    );
    const { before, grown } = result.data as { before: number; grown: number };
    expect(before).toBeGreaterThan(1_000_000);
    expect(grown).toBeGreaterThan(400_000 * 8);
  });

  it('responseTime, startTime, endTime and duration tell how long the execution took', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({ clock });
    const begun = gate();
    const release = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('a', async ({ performanceMetrics }) => {
          begun.open();
          await release.passed;
          const { responseTime, startTime } = performanceMetrics;
          return { responseTime, startTime };
        }),
      ]),
    );
    const running = manager.runAsTenant('acme', () => manager.runWorkflow('w'));
    await begun.passed;
    await clock.advance(12_000);
    release.open();
    const result = await running;
    const { performance, startTime, endTime, duration } = result.metadata ?? {};
    // The database's clock goes on by itself for the moments of the test.
    for (const time of [performance?.responseTime, performance?.duration, result.executionTime]) {
      expect(time).toBe(duration);
    }
    expect(duration).toBeGreaterThanOrEqual(12_000);
    expect(duration).toBeLessThan(17_000);
    expect(Number(endTime) - Number(startTime)).toBe(duration);
    expect(performance).toMatchObject({ startTime, endTime });
    expect(result.data).toMatchObject({ startTime, responseTime: expect.any(Number) });
    expect(
      Math.abs(Number((result.data as typeof performance)?.responseTime) - 12_000),
    ).toBeLessThan(5_000);
  });

  it('cacheHits and cacheMisses are what the steps add', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step('a', ({ performanceMetrics }) => {
          performanceMetrics.cacheHits += 2;
          performanceMetrics.cacheMisses += 1;
        }),
        step('b', ({ performanceMetrics }) => {
          performanceMetrics.cacheHits += 3;
          return performanceMetrics.cacheHits;
        }),
      ]),
    );
    expect(result.data).toMatchObject({ b: 3 });
    expect(result.metadata?.performance).toMatchObject({ cacheHits: 5, cacheMisses: 1 });
  });
});
