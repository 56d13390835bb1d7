import {
  CannotExecuteNotConnectedError,
  type DataSource,
  type EntityManager,
  type QueryRunner,
} from 'typeorm';
import { WorkflowException } from '../../result/workflow.exception.js';
import type { Clock } from '../../runtime/clock.js';
import { ConnectionGate, type Hold } from './connection-gate.js';
import { patchInstance, type Restore } from './instance-patch.js';
import { PreparedStatements, type StatementsAtOnce } from './prepared-statements.js';
import { QueryRunnerFactory } from './query-runner-factory.js';
import { RunnerLease } from './runner-lease.js';
import {
  abandonTransaction,
  isInTransaction,
  sqliteDriver,
  type SqliteConnection,
  type SqliteDriver,
} from './sqlite-driver.js';

// Known to every copy of this package: two copies that patch one DataSource would wait for
// each other.
const INSTALLED = Symbol.for('@luxgen/workflow:exclusive-checkout');

/** How an {@link ExclusiveCheckout} behaves. */
export interface ExclusiveCheckoutOptions {
  /**
   * Milliseconds a statement waits for the connection.
   * @default 5000
   */
  readonly checkoutTimeout?: number;
}

/**
 * Makes a SQLite DataSource safe for concurrent use.
 *
 * TypeORM has one QueryRunner per SQLite DataSource, so concurrent transactions become one: what
 * one of them rolls back, the others lose. Here each user has a runner of their own, and the one
 * connection goes from hand to hand in the order of asking.
 */
export class ExclusiveCheckout {
  private readonly driver: SqliteDriver;
  private readonly gate: ConnectionGate;
  private readonly runners: QueryRunnerFactory;
  private readonly leases = new WeakMap<QueryRunner, RunnerLease>();
  private readonly restores: Restore[];
  private runner?: QueryRunner;
  private connection?: SqliteConnection;
  private statements?: PreparedStatements;

  private constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    options: ExclusiveCheckoutOptions,
  ) {
    this.driver = sqliteDriver(dataSource);
    this.gate = new ConnectionGate(clock, options.checkoutTimeout ?? 5000);
    this.runners = new QueryRunnerFactory(this.driver);
    this.restores = this.patch();
  }

  /**
   * Patches a DataSource, initialised or not. A second call returns the first installation.
   *
   * @throws WorkflowException `DATABASE_UNSUPPORTED`
   */
  static install(
    dataSource: DataSource,
    clock: Clock,
    options: ExclusiveCheckoutOptions = {},
  ): ExclusiveCheckout {
    const host = dataSource as DataSource & { [INSTALLED]?: ExclusiveCheckout };
    const installed = host[INSTALLED];
    if (installed) return installed;
    const checkout = new ExclusiveCheckout(dataSource, clock, options);
    checkout.restores.push(patchInstance(host, INSTALLED, checkout));
    return checkout;
  }

  /**
   * Runs the engine's own statements: single ones, or `BEGIN IMMEDIATE` to `COMMIT`. The runner
   * is the same each time, so its statements stay prepared; it is the callback's until it ends.
   * Whoever needs `runner.manager` in a transaction begins it with `runner.startTransaction()`,
   * since a manager does not see a `BEGIN` that was sent as a statement.
   *
   * @throws WorkflowException `SQLITE_REENTRANT`, `SQLITE_CHECKOUT_TIMED_OUT`
   */
  async withConnection<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const hold: Hold = { yield: () => false };
    await this.gate.enter(hold);
    try {
      const runner = this.engineRunner();
      const result = await this.gate.within(hold, () => work(runner));
      if (isInTransaction(this.connection)) throw unfinished();
      return result;
    } finally {
      try {
        if (this.connection) abandonTransaction(this.connection, this.runner);
      } finally {
        this.gate.leave(hold);
      }
    }
  }

  /**
   * A transaction of statements that are sent one after the other, without a turn of the event loop
   * between them.
   *
   * @throws WorkflowException `SQLITE_REENTRANT`, `SQLITE_CHECKOUT_TIMED_OUT`
   */
  async atOnce<T>(work: (statements: StatementsAtOnce) => T): Promise<T> {
    const hold: Hold = { yield: () => false };
    await this.gate.enter(hold);
    try {
      return this.prepared().transaction(work);
    } finally {
      this.gate.leave(hold);
    }
  }

  /**
   * Throws when the caller is inside a transaction or `withConnection`, so that what would be done
   * for it elsewhere could not get the connection before it ends.
   *
   * @throws WorkflowException `SQLITE_REENTRANT`
   */
  refuseReentry(): void {
    this.gate.refuseReentry();
  }

  /** Takes the patches off. Runners made before keep their lease. */
  uninstall(): void {
    while (this.restores.length > 0) this.restores.pop()?.();
  }

  private engineRunner(): QueryRunner {
    const { databaseConnection } = this.driver;
    if (this.runner === undefined || this.connection !== databaseConnection) {
      const runner = this.runners.create('master');
      Object.assign(runner, { manager: this.dataSource.createEntityManager(runner) });
      this.runner = runner;
      this.connection = databaseConnection;
    }
    return this.runner;
  }

  private prepared(): PreparedStatements {
    const { databaseConnection } = this.driver;
    if (!databaseConnection?.open) throw new CannotExecuteNotConnectedError();
    if (this.statements?.connection !== databaseConnection) {
      this.statements = new PreparedStatements(databaseConnection);
    }
    return this.statements;
  }

  private patch(): Restore[] {
    const { dataSource, driver } = this;
    const createEntityManager = dataSource.createEntityManager.bind(dataSource);
    const disconnect = driver.disconnect.bind(driver);
    return [
      patchInstance(driver, 'createQueryRunner', (mode) => {
        const runner = this.runners.createShort(mode);
        this.leases.set(runner, new RunnerLease(runner, driver, this.gate, this.clock));
        return runner;
      }),
      patchInstance(driver, 'disconnect', () => this.disconnect(disconnect)),
      patchInstance(dataSource, 'createEntityManager', (runner) => {
        const manager = createEntityManager(runner);
        this.scopeTransactions(manager);
        return manager;
      }),
      this.scopeTransactions(dataSource.manager),
    ];
  }

  /** Lets the callback of a transaction be recognised when it asks for the connection again. */
  private scopeTransactions(manager: EntityManager): Restore {
    const transaction = manager.transaction.bind(manager) as (
      ...args: unknown[]
    ) => Promise<unknown>;
    const scoped = (...args: unknown[]): Promise<unknown> =>
      transaction(...args.map((arg) => (isCallback(arg) ? this.scopeCallback(arg) : arg)));
    return patchInstance(manager, 'transaction', scoped as EntityManager['transaction']);
  }

  private scopeCallback(callback: TransactionCallback): TransactionCallback {
    return (manager) => {
      const lease = manager.queryRunner && this.leases.get(manager.queryRunner);
      return lease ? lease.within(() => callback(manager)) : callback(manager);
    };
  }

  private async disconnect(close: () => Promise<void>): Promise<void> {
    const hold: Hold = { yield: () => false };
    // Whoever has the connection may finish, but cannot keep the DataSource from closing.
    await this.gate.enter(hold).catch(() => undefined);
    try {
      // libsql keeps a closed connection, with its transaction and its locks, until the last of its
      // prepared statements is collected.
      if (this.driver.databaseConnection) abandonTransaction(this.driver.databaseConnection);
      this.runners.forgetStatements();
      this.runner = undefined;
      this.connection = undefined;
      this.statements = undefined;
      await close();
    } finally {
      this.gate.leave(hold);
    }
  }
}

type TransactionCallback = (manager: EntityManager) => Promise<unknown>;

const isCallback = (value: unknown): value is TransactionCallback => typeof value === 'function';

const unfinished = (): WorkflowException =>
  new WorkflowException(
    'INTERNAL_ERROR',
    'A transaction was still open at the end of withConnection(); it was rolled back.',
  );
