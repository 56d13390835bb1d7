import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { Context, Step, Workflow, WorkflowContext } from '@luxgen/workflow';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { Tally } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FaultyDatabase, until, type FaultyApp } from './support/faulty-database.js';
import { WatchedDriver } from './support/watched-driver.js';

@Workflow({ id: 'order', version: '1.0.0', errorHandling: { strategy: 'retry', maxRetries: 0 } })
class OrderWorkflow {
  @Step()
  prepare() {
    return { ready: true };
  }

  @Step({ dependencies: ['prepare'], transactional: true })
  async charge(@Context() context: WorkflowContext) {
    await context.manager.query('INSERT INTO effect VALUES ($1, $2)', [
      context.executionId,
      'charge',
    ]);
  }
}

const providers = [OrderWorkflow];

describe('a database that is away', () => {
  let server: PostgresServer;
  let database: FaultyDatabase;
  beforeAll(async () => {
    server = await startPostgres({ lasting: true });
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await FaultyDatabase.create(server);
  });
  afterEach(async () => {
    await server.start();
    await database.close();
  });

  describe('at boot', () => {
    // Red when: libs/workflow/src/persistence/boot-patience.ts
    //   - throw unavailable(cause);
    //   + throw cause;
    it('F24 fails the boot at once when it is not to wait', async () => {
      const dataSource = await database.dataSource();
      await server.stopHard();

      const booting = database.app({ providers, dataSource, store: { connectTimeout: 0 } });

      await expect(booting).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
        cause: expect.anything(),
      });
    });

    // Red when: libs/workflow/src/persistence/boot-patience.ts
    //   - return await this.patience.during(this.limit, (failures) => this.attempt(work, failures));
    //   + return await this.attempt(work, 0);
    it('F24 is waited for, and the application boots when it comes back', async () => {
      const clock = new VirtualClock();
      const dataSource = await database.dataSource();
      await server.stopHard();

      const booting = database.app({ providers, clock, dataSource });
      await pausing(clock);
      await clock.advance(10_000);
      await pausing(clock);
      await server.start();
      await clock.advance(2_000);
      const { manager } = await booting;

      const result = await manager.runAsTenant('acme', () => manager.runWorkflow(OrderWorkflow));
      expect(result).toMatchObject({ success: true });
    }, 20_000);

    // Red when: libs/workflow/src/persistence/patience.ts
    //   - const over = this.clock.monotonic() + pause > until;
    //   + const over = false;
    it('F24 is waited for no longer than the options say', async () => {
      const clock = new VirtualClock();
      const dataSource = await database.dataSource();
      await server.stopHard();
      let outcome: unknown;

      const booting = database
        .app({ providers, clock, dataSource, store: { connectTimeout: '20s' } })
        .catch((error: unknown) => (outcome = error));
      await until(
        async () => {
          await pausing(clock, () => outcome !== undefined);
          await clock.advance(1_000);
          return outcome;
        },
        (error) => error !== undefined,
        60,
      );
      await booting;

      expect(outcome).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(clock.monotonic()).toBeGreaterThan(17_000);
      expect(clock.monotonic()).toBeLessThanOrEqual(24_000);
    });

    // Red when: libs/workflow/src/persistence/connect.ts
    //   - if (!dataSource.isInitialized) throw notInitialized();
    //   +
    it('F24 and a DataSource that nobody has initialised is named as such', async () => {
      const dataSource = new DataSource({ type: 'postgres', database: 'nowhere' });

      const booting = database.app({ providers, dataSource });

      await expect(booting).rejects.toMatchObject({
        code: 'MODULE_OPTION_INVALID',
        message: expect.stringContaining('store.dataSource'),
      });
    });

    // Red when: libs/workflow/src/persistence/open-store.ts
    //   - await boot.during(() => runMigrations(connection, tables, dialect, clock.now()));
    //   + await runMigrations(connection, tables, dialect, clock.now());
    it('F24 F58 another instance that migrates for longer than a lock may take is waited for', async () => {
      const timedOut = new Tally();
      const driver = new WatchedDriver();
      driver.onFailure = (error) => {
        if ((error as { code?: unknown }).code === '55P03') timedOut.mark();
      };
      const migrating = new DataSource(database.options);
      await migrating.initialize();
      const other = migrating.createQueryRunner();
      await other.query(`SELECT pg_advisory_lock(hashtext('workflow_migration'))`);

      const booting = database.app({ providers, driver });
      await timedOut.reached(1);
      await migrating.destroy();
      const { manager } = await booting;

      expect(await manager.runAsTenant('acme', () => manager.getTenantExecutions())).toEqual([]);
    }, 30_000);
  });

  describe('while the application runs', () => {
    const start = (app: FaultyApp) =>
      app.manager.runAsTenant('acme', () => app.manager.startWorkflow(OrderWorkflow));

    // Red when: libs/workflow/src/persistence/group-commit.journal.ts
    //   - if (entries.length === 0) this.watch(failures);
    //   + if (entries.length === 0) return;
    it('F24 for ten minutes: starts are refused, the health tells, and it goes on by itself', async () => {
      const clock = new VirtualClock();
      const app = await database.app({ providers, clock, direct: 'all' });
      await server.stopHard();
      const refused = start(app).catch((error: unknown) => error);

      await move(clock, 10 * 60_000);
      const health = app.health.report();
      await server.start();
      await until(
        async () => {
          await move(clock, 1_000);
          return app.health.report().status;
        },
        (status) => status === 'ok',
        1_000,
      );
      const handle = await start(app);

      expect(await refused).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(health).toEqual({
        status: 'degraded',
        reasons: expect.arrayContaining([
          'The database does not take writes. It accepts no connections (ECONNREFUSED).',
          'The database gives no work. It accepts no connections (ECONNREFUSED).',
        ]),
      });
      expect(await handle.result()).toMatchObject({ success: true });
    }, 60_000);

    // Red when: libs/workflow/src/dispatch/local.dispatcher.ts
    //   - if (this.failures === 0) return shortest;
    //   + return shortest;
    // Red when: libs/workflow/src/runtime/backoff.ts
    //   - (0.5 + random.next() / 2)
    //   + 1
    it('F24 is asked for work ever less often, and by no two processes in step', async () => {
      const clock = new VirtualClock();
      const app = await database.app({ providers, clock, store: { notifications: false } });
      const looks: number[] = [];
      app.driver.before = ({ sql }) => {
        if (sql.startsWith('SELECT 1 FROM (')) looks.push(clock.monotonic());
        throw Object.assign(new Error('the system is starting up'), { code: '57P03' });
      };

      await move(clock, 5 * 60_000);
      app.driver.before = () => undefined;

      const pauses = looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
      const late = pauses.slice(5);
      expect(pauses[0]).toBeLessThanOrEqual(2_000);
      expect(Math.max(...late)).toBeLessThanOrEqual(5_001);
      expect(Math.min(...late)).toBeGreaterThanOrEqual(2_500);
      expect(new Set(late.map(Math.round)).size).toBeGreaterThan(late.length / 2);
    });
  });
});

/** Moves time on in small steps, each with turns for what is asked of a database meanwhile. */
async function move(clock: VirtualClock, milliseconds: number): Promise<void> {
  for (let moved = 0; moved < milliseconds; moved += 100) {
    await clock.advance(100);
    await turn();
  }
}

/** Resolves when somebody waits for the clock to move. */
async function pausing(clock: VirtualClock, over = (): boolean => false): Promise<void> {
  await until(
    async () => {
      await turn();
      return clock.pending.length > 0 || over();
    },
    (waits) => waits,
    200_000,
  );
}
