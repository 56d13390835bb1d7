import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Provider } from '@nestjs/common';
import { WorkflowHealth, type Clock, type WorkflowModuleOptions } from '@luxgen/workflow';
import { FaultyProxy } from '../../chaos/harness/faults/faulty-proxy.js';
import type { PostgresServer } from '../../support/embedded-postgres.js';
import { workflowApp, type WorkflowApp } from '../../support/workflow-app.js';
import { WatchedDriver } from './watched-driver.js';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** An application on a database with faults. */
export interface FaultyApp extends WorkflowApp {
  readonly dataSource: DataSource;
  readonly driver: WatchedDriver;
  readonly health: WorkflowHealth;
}

interface FaultyAppSetup {
  readonly providers?: Provider[];
  readonly clock?: Clock;
  readonly options?: WorkflowModuleOptions;
  readonly store?: WorkflowModuleOptions['store'];
  /** One that exists; else one is made. */
  readonly dataSource?: DataSource;
  /** Connections of the application's DataSource. */
  readonly pool?: number;
  readonly driver?: WatchedDriver;
  /** Writes also where the database is read-only for others. */
  readonly alwaysWrites?: boolean;
  /** Who passes the proxy by. */
  readonly direct?: 'all' | 'engine';
}

const ALWAYS_WRITES = { options: '-c default_transaction_read_only=off' };

/** Something that others wait for. */
interface Held {
  /** Resolves when so many statements wait for a lock. */
  waiting(count: number): Promise<void>;
  release(): Promise<void>;
}

let databases = 0;

/** A database whose connections pass through a proxy, and whose statements can be made to fail. */
export class FaultyDatabase {
  private readonly open: { close(): Promise<void> }[] = [];

  private constructor(
    readonly options: PostgresOptions,
    readonly proxy: FaultyProxy,
    private readonly observer: DataSource,
  ) {}

  static async create(server: PostgresServer): Promise<FaultyDatabase> {
    const options = await server.database(`faulty_${(databases += 1)}`);
    const proxy = await FaultyProxy.open({ host: '127.0.0.1', port: server.port });
    const observer = new DataSource({
      ...options,
      applicationName: 'observer',
      poolSize: 3,
      extra: ALWAYS_WRITES,
    });
    const database = new FaultyDatabase(options, proxy, await observer.initialize());
    await database.query('CREATE TABLE effect (execution_id text NOT NULL, step text NOT NULL)');
    return database;
  }

  /** Statements that are out of the way of the faults. */
  async query<R>(sql: string, parameters: unknown[] = []): Promise<R[]> {
    return (await this.observer.query(sql, parameters)) as R[];
  }

  async dataSource(
    { direct, pool = 10, alwaysWrites = false }: FaultyAppSetup = {},
    driver = new WatchedDriver(),
  ): Promise<DataSource> {
    const port = direct === 'all' ? this.options.port : this.proxy.port;
    const extra = alwaysWrites ? ALWAYS_WRITES : {};
    const dataSource = new DataSource({ ...this.options, port, poolSize: pool, driver, extra });
    await dataSource.initialize();
    this.open.push({
      close: async () => {
        if (dataSource.isInitialized) await dataSource.destroy();
      },
    });
    return dataSource;
  }

  async app(setup: FaultyAppSetup): Promise<FaultyApp> {
    const enginePort = setup.direct === 'engine' ? this.options.port : undefined;
    const { driver = new WatchedDriver(enginePort) } = setup;
    const { dataSource = await this.dataSource(setup, driver) } = setup;
    const running = await workflowApp({
      ...(setup.providers ? { providers: setup.providers } : {}),
      ...(setup.clock ? { clock: setup.clock } : {}),
      options: { ...setup.options, store: { dataSource, ...setup.store } },
    });
    this.open.push(running);
    return { ...running, dataSource, driver, health: running.app.get(WorkflowHealth) };
  }

  /** Ends all sessions of the application, and waits until they are gone. */
  async terminateBackends(): Promise<void> {
    await this.query(`
      SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name <> 'observer'`);
  }

  /** As a standby that is being promoted, or a server that is being taken over. */
  async setReadOnly(readOnly: boolean): Promise<void> {
    const value = readOnly ? 'on' : 'off';
    const { database } = this.options;
    await this.query(`ALTER DATABASE ${database} SET default_transaction_read_only = ${value}`);
    await this.terminateBackends();
  }

  /** How often each step of each execution had its effect, and how often the same one twice. */
  async effects(): Promise<readonly { execution_id: string; step: string; times: number }[]> {
    return this.query(
      'SELECT execution_id, step, count(*)::int AS times FROM effect GROUP BY 1, 2 ORDER BY 1, 2',
    );
  }

  /** Keeps everybody from reading executions. */
  holdingReads(): Promise<Held> {
    return this.holding('LOCK TABLE workflow_execution IN ACCESS EXCLUSIVE MODE');
  }

  holdingAdvisoryLock(key: number): Promise<Held> {
    return this.holding(`SELECT pg_advisory_xact_lock(${key})`);
  }

  private async holding(lock: string): Promise<Held> {
    const runner = this.observer.createQueryRunner();
    await runner.startTransaction();
    await runner.query(lock);
    return {
      waiting: async (count) => {
        await until(
          () =>
            this.query(
              `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
            ),
          ({ length }) => length >= count,
          20_000,
        );
      },
      release: async () => {
        await runner.rollbackTransaction();
        await runner.release();
      },
    };
  }

  async close(): Promise<void> {
    for (const each of this.open.splice(0).reverse()) await each.close();
    await this.observer.destroy();
    await this.proxy.close();
  }
}

/** Asks again until the answer is what is waited for; each question is a round trip. */
export async function until<T>(
  ask: () => Promise<T> | T,
  holds: (answer: T) => boolean,
  questions = 100_000,
): Promise<T> {
  for (let asked = 0; asked < questions; asked += 1) {
    const answer = await ask();
    if (holds(answer)) return answer;
  }
  throw new Error('What was waited for did not come.');
}
