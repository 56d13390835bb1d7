import { DataSource } from 'typeorm';
import { postgresDialect } from '../../../libs/workflow/src/persistence/dialects/postgres/postgres.dialect.js';
import { Patience } from '../../../libs/workflow/src/persistence/patience.js';
import { SystemRandom } from '../../../libs/workflow/src/runtime/random.js';
import { runMigrations } from '../../../libs/workflow/src/persistence/migration-runner.js';
import {
  abandonConnection,
  openEngineDataSource,
} from '../../../libs/workflow/src/persistence/postgres/engine-data-source.js';
import { poolOf } from '../../../libs/workflow/src/persistence/postgres/connection-pool.js';
import {
  PostgresStoreConnection,
  postgresQueryOf,
} from '../../../libs/workflow/src/persistence/postgres/postgres.connection.js';
import { SqlExecutionStore } from '../../../libs/workflow/src/persistence/sql.execution-store.js';
import { SqlStepTransactions } from '../../../libs/workflow/src/persistence/sql.step-transactions.js';
import type { StoreDialect } from '../../../libs/workflow/src/persistence/store-dialect.js';
import { tableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import { startPostgres } from '../../support/embedded-postgres.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import { inCompany, type Company } from './in-company.js';
import { sqlDump } from './sql-dump.js';
import { LEASE } from './tested-store.js';

const TABLES = tableNames('');

/** One database, in which several instances of an application meet. */
export class SharedDatabase {
  private readonly open: { close(): Promise<void> }[] = [];

  private constructor(
    private readonly options: ConstructorParameters<typeof DataSource>[0],
    /** Statements beside those of the instances. */
    readonly direct: DataSource,
    private readonly company: Company | undefined,
  ) {
    this.open.push({ close: () => direct.destroy() });
  }

  static async create(
    server: Awaited<ReturnType<typeof startPostgres>>,
    name: string,
    company?: Company,
  ): Promise<SharedDatabase> {
    const options = await server.database(name);
    return new SharedDatabase(options, await new DataSource(options).initialize(), company);
  }

  /** An instance with connections of its own. */
  async instance(clock: VirtualClock) {
    const application = await new DataSource(this.options).initialize();
    const engine = await openEngineDataSource(application, () => undefined, LEASE);
    const connection = new PostgresStoreConnection(engine, () => engine.destroy());
    const dialect = postgresDialect(connection, TABLES, clock, LEASE);
    const { queue, statements } = dialect;
    const journal = inCompany(dialect.journal, this.company);
    const patience = new Patience(clock, new SystemRandom());
    this.open.push({
      async close() {
        await connection.close();
        await application.destroy();
      },
    });
    return {
      connection,
      journal,
      queue,
      dialect,
      executions: new SqlExecutionStore(connection, statements, clock, patience),
      transactions: new SqlStepTransactions(
        { dataSource: application, queryOf: postgresQueryOf, abandon: abandonConnection },
        connection,
        statements,
        clock,
        patience,
        LEASE,
      ),
      migrate: (as: StoreDialect = dialect) => runMigrations(connection, TABLES, as, clock.now()),
      /** Vanishes without a word, as a process that is killed does. */
      die(): void {
        for (const client of clientsOf(engine)) {
          // The dead hear nothing of it.
          client.on('error', () => undefined);
          client.connection.stream.destroy();
        }
      },
    };
  }

  async query<R>(sql: string, parameters: readonly unknown[] = []): Promise<R[]> {
    return (await this.direct.query(sql, [...parameters])) as R[];
  }

  dump() {
    return sqlDump(this.direct, TABLES);
  }

  /** Resolves when so many statements wait for a lock. */
  async untilWaiting(count: number, event = '%'): Promise<void> {
    await this.untilRows(
      count,
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND wait_event LIKE $1`,
      [event],
    );
  }

  /** Resolves when a question has so many rows for an answer. */
  async untilRows(count: number, sql: string, parameters: readonly unknown[] = []): Promise<void> {
    for (let asked = 0; asked < 20_000; asked += 1) {
      const rows = await this.query(sql, parameters);
      if (rows.length >= count) return;
    }
    throw new Error(`There were never ${count} rows of: ${sql}`);
  }

  async close(): Promise<void> {
    for (const each of this.open.splice(0).reverse()) await each.close();
  }
}

export type Instance = Awaited<ReturnType<SharedDatabase['instance']>>;

interface Client {
  on(event: 'error', listener: () => void): void;
  readonly connection: { readonly stream: { destroy(): void } };
}

/** All clients of a pool, which it does not show. */
const clientsOf = (dataSource: DataSource): readonly Client[] =>
  (poolOf(dataSource) as unknown as { readonly _clients: readonly Client[] })._clients;
