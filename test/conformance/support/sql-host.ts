import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { StepTransactions } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import { postgresDialect } from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.dialect.js';
import { sqliteDialect } from '../../../libs/workflow/src/persistence/dialects/sqlite/sqlite.dialect.js';
import { runMigrations } from '../../../libs/workflow/src/persistence/migration-runner.js';
import { inCompany, type Company } from './in-company.js';
import { openEngineDataSource } from '../../../libs/workflow/src/persistence/postgres/engine-data-source.js';
import {
  PostgresStoreConnection,
  postgresQueryOf,
} from '../../../libs/workflow/src/persistence/postgres/postgres.connection.js';
import { SqlExecutionStore } from '../../../libs/workflow/src/persistence/sql.execution-store.js';
import { SqlStepTransactions } from '../../../libs/workflow/src/persistence/sql.step-transactions.js';
import { ExclusiveCheckout } from '../../../libs/workflow/src/persistence/sqlite/exclusive-checkout.js';
import {
  sqliteQueryOf,
  SqliteStoreConnection,
} from '../../../libs/workflow/src/persistence/sqlite/sqlite.connection.js';
import type {
  Query,
  StoreConnection,
} from '../../../libs/workflow/src/persistence/store-connection.js';
import type { StoreDialect } from '../../../libs/workflow/src/persistence/store-dialect.js';
import { tableNames, type TableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import { Patience } from '../../../libs/workflow/src/persistence/patience.js';
import { SystemRandom } from '../../../libs/workflow/src/runtime/random.js';
import { SystemClock } from '../../../libs/workflow/src/runtime/clock.js';
import { DATABASES, openDatabase } from '../../support/databases.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { sqlDump } from './sql-dump.js';
import { LEASE, type StoreHost, type TestedStore } from './tested-store.js';

/** What a store on one database is made of. */
interface Parts {
  readonly dataSource: DataSource;
  readonly connection: StoreConnection;
  readonly queryOf: (manager: EntityManager) => Query;
  dialect(tables: TableNames, clock: VirtualClock, lease: number): StoreDialect;
}

/** What becomes of a transaction whose COMMIT has no answer. */
export type CommitFate = 'committed' | 'rolled back';

/** A store whose database can be disturbed. */
export interface SqlStore extends TestedStore {
  /**
   * Transactional steps whose COMMIT is never answered.
   *
   * @param meanwhile what happens before anybody notices
   */
  unanswered(fate: CommitFate, meanwhile?: () => Promise<unknown>): StepTransactions;
}

export interface SqlStoreHost extends StoreHost {
  open(lease?: number): Promise<SqlStore>;
}

const TABLES = tableNames('');

/** One store after the other in one database, each empty at its beginning. */
async function sqlHost(parts: Parts, closeDatabase: () => Promise<void>): Promise<SqlStoreHost> {
  const { dataSource, connection } = parts;
  const clock = new VirtualClock();
  await runMigrations(connection, TABLES, parts.dialect(TABLES, clock, LEASE), clock.now());
  await dataSource.query('CREATE TABLE effect (name text NOT NULL)');
  return {
    async open(lease = LEASE) {
      // Whatever belongs to an execution goes with it.
      await dataSource.query(`DELETE FROM ${TABLES.execution}`);
      await dataSource.query('DELETE FROM effect');
      return openSqlStore(parts, lease);
    },
    async close() {
      await connection.close();
      await dataSource.destroy();
      await closeDatabase();
    },
  };
}

function openSqlStore(parts: Parts, lease: number): SqlStore {
  const { dataSource, connection, queryOf } = parts;
  const clock = new VirtualClock();
  const { journal, queue, statements } = parts.dialect(TABLES, clock, lease);
  const patience = new Patience(clock, new SystemRandom());
  const transactionsOn = (database: DataSource): StepTransactions =>
    new SqlStepTransactions(
      { dataSource: database, queryOf },
      connection,
      statements,
      clock,
      patience,
      lease,
    );
  return {
    clock,
    journal,
    queue,
    executions: new SqlExecutionStore(connection, statements, clock, patience),
    transactions: transactionsOn(dataSource),
    unanswered: (fate, meanwhile) => transactionsOn(withoutAnswer(dataSource, fate, meanwhile)),
    dump: () => sqlDump(dataSource, TABLES),
    async write(manager, effect) {
      await (manager as EntityManager).query(`INSERT INTO effect VALUES ('${effect}')`);
    },
    async effects() {
      const rows = (await dataSource.query('SELECT name FROM effect ORDER BY name')) as {
        name: string;
      }[];
      return rows.map(({ name }) => name);
    },
  };
}

/** The same database, where no COMMIT is answered. */
function withoutAnswer(
  dataSource: DataSource,
  fate: CommitFate,
  meanwhile?: () => Promise<unknown>,
): DataSource {
  const createQueryRunner = (): QueryRunner => {
    const runner = dataSource.createQueryRunner();
    const commit = runner.commitTransaction.bind(runner);
    const rollBack = runner.rollbackTransaction.bind(runner);
    runner.commitTransaction = async () => {
      await (fate === 'committed' ? commit() : rollBack());
      await meanwhile?.();
      throw new Error('The answer to COMMIT was lost.');
    };
    return runner;
  };
  return Object.create(dataSource, {
    createQueryRunner: { value: createQueryRunner },
  }) as DataSource;
}

const databasesOf = async (name: string) => {
  const [, start] = DATABASES.find(([kind]) => kind === name) ?? [];
  if (!start) throw new Error(`There is no kind of database named ${name}.`);
  return start();
};

export async function sqliteHost(): Promise<SqlStoreHost> {
  const databases = await databasesOf('SQLite');
  const dataSource = await openDatabase(databases);
  // Nothing of it outlives the test.
  await dataSource.query('PRAGMA journal_mode = MEMORY');
  await dataSource.query('PRAGMA synchronous = OFF');
  const checkout = ExclusiveCheckout.install(dataSource, new SystemClock());
  const connection = new SqliteStoreConnection(checkout, async () => checkout.uninstall());
  const parts: Parts = {
    dataSource,
    connection,
    queryOf: sqliteQueryOf,
    dialect: (tables, clock) => sqliteDialect(connection, tables, clock),
  };
  return sqlHost(parts, () => databases.close());
}

export async function postgresHost(company?: Company): Promise<SqlStoreHost> {
  const databases = await databasesOf('PostgreSQL');
  const dataSource = await openDatabase(databases);
  const engine = await openEngineDataSource(dataSource, () => undefined, LEASE);
  const connection = new PostgresStoreConnection(engine, () => engine.destroy());
  const parts: Parts = {
    dataSource,
    connection,
    queryOf: postgresQueryOf,
    dialect: (tables, clock, lease) => {
      const dialect = postgresDialect(connection, tables, clock, lease);
      return { ...dialect, journal: inCompany(dialect.journal, company) };
    },
  };
  return sqlHost(parts, () => databases.close());
}
