import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { DataSource } from 'typeorm';
import { startPostgres, type PostgresServer } from './embedded-postgres.js';
import { workflowApp, type WorkflowApp } from './workflow-app.js';

/** An application on a database that others share. */
export interface SharedApp extends WorkflowApp {
  readonly dataSource: DataSource;
}

/** Applications that share one PostgreSQL database, a fresh one for each test. */
export interface PostgresWorkers {
  open(setup?: Parameters<typeof workflowApp>[0]): Promise<SharedApp>;
  /** A statement beside theirs. */
  query<R>(sql: string): Promise<R[]>;
}

/** Gives each test of the block a database; what it opened there is closed after it. */
export function postgresWorkers(): PostgresWorkers {
  let server: PostgresServer;
  let options: Awaited<ReturnType<PostgresServer['database']>>;
  let databases = 0;
  let beside: DataSource;
  const opened: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);
  beforeEach(async () => {
    options = await server.database(`shared_${(databases += 1)}`);
    beside = await connect();
  });
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await each.close();
  }, 30_000);

  const connect = async (): Promise<DataSource> => {
    const dataSource = await new DataSource(options).initialize();
    opened.push({ close: () => dataSource.destroy() });
    return dataSource;
  };
  return {
    async open(setup = {}) {
      const dataSource = await connect();
      const app = await workflowApp({
        ...setup,
        options: { ...setup.options, store: { ...setup.options?.store, dataSource } },
      });
      let closing: Promise<void> | undefined;
      const close = (): Promise<void> => (closing ??= app.close());
      opened.push({ close });
      return { ...app, close, dataSource };
    },
    query: (sql) => beside.query(sql),
  };
}
