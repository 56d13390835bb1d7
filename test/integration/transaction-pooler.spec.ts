import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import {
  Context,
  Step,
  Workflow,
  WorkflowContext,
  WorkflowHealth,
  WorkflowInput,
} from '@luxgen/workflow';
import { PostgresStoreConnection } from '../../libs/workflow/src/persistence/postgres/postgres.connection.js';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { eventually } from '../support/eventually.js';
import { LogBook } from '../support/http-app.js';
import { TransactionPooler } from '../support/transaction-pooler.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

@Workflow({ id: 'pooled', version: '1.0.0' })
class PooledWorkflow {
  static readonly output = 'multiply';

  @Step({ transactional: true })
  async read(@Context() context: WorkflowContext) {
    const [row] = (await context.manager.query('SELECT 2 AS factor')) as [{ factor: number }];
    return row;
  }

  @Step({ dependencies: ['read'] })
  multiply(@WorkflowInput() { n }: { n: number }, @Context() context: WorkflowContext) {
    return { product: n * context.getOutput<{ factor: number }>('read').factor };
  }
}

const SESSIONS = 3;

describe('behind a pooler that shares connections by transaction', () => {
  let server: PostgresServer;
  let databases = 0;
  let database: Awaited<ReturnType<PostgresServer['database']>>;
  const closing: (() => Promise<unknown> | void)[] = [];

  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);
  beforeEach(async () => {
    database = await server.database(`pooled_${(databases += 1)}`);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  const pooled = async ({ connections = SESSIONS, strict = false } = {}) => {
    const pooler = await TransactionPooler.open(database, { connections, strict });
    closing.push(() => pooler.close());
    return async (): Promise<DataSource> => {
      const dataSource = await new DataSource({ ...database, port: pooler.port }).initialize();
      closing.push(() => dataSource.destroy());
      return dataSource;
    };
  };
  const boot = async (dataSource: DataSource, log: LogBook) => {
    const clock = new VirtualClock();
    const options = { store: { dataSource } };
    const running = await workflowApp({ providers: [PooledWorkflow], options, clock, log });
    closing.push(() => running.close());
    return { ...running, clock };
  };
  const run = ({ manager }: WorkflowApp, n: number) =>
    manager.runAsTenant('acme', () => manager.runWorkflow(PooledWorkflow, { n }));

  // Red when: libs/workflow/src/persistence/postgres/postgres.connection.ts
  //   - if (!isStatementMisplaced(error)) throw error;
  //   + throw error;
  it('F22 runs executions, and says what the pooler takes from it', async () => {
    const connect = await pooled();
    // Nest has one logger, whatever applications there are.
    const log = new LogBook();
    const processes = [await boot(await connect(), log), await boot(await connect(), log)];

    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) => run(processes[n % 2], n)),
    );

    expect(results.map(({ data }) => data)).toEqual(
      Array.from({ length: 40 }, (_, n) => ({ product: 2 * n })),
    );
    await eventually(async () => {
      for (const { clock } of processes) await clock.advance(1_000);
      return codesIn(log).length === 4;
    });
    expect(codesIn(log)).toEqual([
      'SESSION_SETTINGS_IGNORED',
      'SESSION_SETTINGS_IGNORED',
      'NOTIFICATIONS_UNHEARD',
      'NOTIFICATIONS_UNHEARD',
    ]);
    for (const { app } of processes) {
      expect(app.get(WorkflowHealth).report()).toEqual({ status: 'ok', reasons: [] });
    }
  });

  // Red when: libs/workflow/src/persistence/postgres/postgres.channel.ts
  //   - SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, m) FROM unnest($2::text[]) m`;
  //   + SELECT set_config('synchronous_commit', 'off', false), pg_notify($1, m) FROM unnest($2::text[]) m`;
  it('F22 leaves no setting behind for whoever has the connection next', async () => {
    const connect = await pooled();
    await run(await boot(await connect(), new LogBook()), 1);
    const next = await connect();
    const sessions = new Set<number>();
    const settings: string[] = [];

    await eventually(async () => {
      const rows = (await next.query(`
        SELECT pg_backend_pid() AS pid, name FROM (SELECT 1) s
        LEFT JOIN pg_settings ON source = 'session' AND name NOT LIKE 'transaction_%'`)) as {
        pid: number;
        name: string | null;
      }[];
      for (const { pid, name } of rows) {
        sessions.add(pid);
        if (name !== null) settings.push(name);
      }
      return sessions.size === SESSIONS;
    });

    expect(settings).toEqual([]);
  });

  it('is refused at boot, with the fix, where the settings of its sessions are', async () => {
    const connect = await pooled({ strict: true });

    await expect(boot(await connect(), new LogBook())).rejects.toMatchObject({
      code: 'SESSION_SETTINGS_REFUSED',
      message: expect.stringMatching(/refuses "\w+".*connects directly/) as unknown,
    });
  });

  // Red when: libs/workflow/src/persistence/postgres/postgres.connection.ts
  //   - const name = `workflow_${createHash('sha256').update(sql).digest('hex').slice(0, NAME_LENGTH)}`;
  //   + const name = `workflow_${this.names.size + 1}`;
  it('F22 gives nobody the answer to what another process prepared', async () => {
    const connect = await pooled({ connections: 2 });
    const open = async () => new PostgresStoreConnection(await connect(), () => Promise.resolve());
    const [one, other] = [await open(), await open()];
    const ask = (connection: PostgresStoreConnection, n: number) =>
      connection.prepared(`SELECT $1::int + ${n} AS sum`, [1]);
    const answers = [];

    // By turns on the two connections, and once on that of the other.
    for (const asking of [one, other, other, one, one, other]) {
      answers.push([asking === one, ...(await ask(asking, asking === one ? 10 : 20))]);
    }

    for (const [isOne, answer] of answers) expect(answer).toEqual({ sum: isOne ? 11 : 21 });
  });
});

const codesIn = ({ entries }: LogBook): string[] =>
  entries.flatMap(([event]) => {
    const { code } = event as { code?: unknown };
    return typeof code === 'string' ? [code] : [];
  });
