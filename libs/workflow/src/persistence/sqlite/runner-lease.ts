import type { QueryRunner } from 'typeorm';
import type { CancelTimer, Clock } from '../../runtime/clock.js';
import type { ConnectionGate, Hold } from './connection-gate.js';
import type { QueryMethod } from './query-runner-factory.js';
import { abandonTransaction, isInTransaction, type SqliteDriver } from './sqlite-driver.js';

/**
 * Ties a QueryRunner to the connection: its first statement takes it, `release()` gives it back.
 *
 * Not everybody releases: TypeORM forgets to when a migration has a bad name or `stream()` is
 * called, and so do users. Outside of a transaction a runner therefore also loses the connection
 * when its statements stop following one another, that is in the next turn of the event loop.
 */
export class RunnerLease {
  private hold?: Hold;
  private taking?: Promise<void>;
  private working = 0;
  private migrating = false;
  private released = false;
  private cancelRest?: CancelTimer;

  constructor(
    private readonly runner: QueryRunner,
    private readonly driver: SqliteDriver,
    private readonly gate: ConnectionGate,
    private readonly clock: Clock,
  ) {
    this.leaseStatements();
    this.leaseTransactions();
    this.leaseMigrations();
    this.leaseRelease();
    this.leaseSubscribers();
  }

  /** Runs work of a user that is called while the runner has the connection. */
  within<T>(work: () => T): T {
    return this.hold ? this.gate.within(this.hold, work) : work();
  }

  private leaseStatements(): void {
    const query = this.runner.query.bind(this.runner) as QueryMethod;
    const leased: QueryMethod = (sql, parameters, structured) =>
      this.during(() => query(sql, parameters, structured));
    this.runner.query = leased as QueryRunner['query'];
  }

  private leaseTransactions(): void {
    const start = this.runner.startTransaction.bind(this.runner);
    this.runner.startTransaction = (isolationLevel) =>
      this.during(async () => {
        try {
          await start(isolationLevel);
        } catch (error) {
          // Migrations fail here without releasing their runner.
          if (!this.isInTransaction) this.endMigration();
          throw error;
        }
      });
  }

  /** A migration has foreign keys off, for the whole connection: nobody else may have it. */
  private leaseMigrations(): void {
    const { runner } = this;
    const before = runner.beforeMigration.bind(runner);
    const after = runner.afterMigration.bind(runner);
    runner.beforeMigration = () =>
      this.during(async () => {
        this.migrating = true;
        await before();
      });
    runner.afterMigration = () =>
      this.during(async () => {
        await after();
        this.migrating = false;
      });
  }

  private leaseRelease(): void {
    const release = this.runner.release.bind(this.runner);
    this.runner.release = async () => {
      if (this.released) return;
      this.released = true;
      try {
        // Whatever still runs is the last user, and gives the connection back when it ends.
        if (this.working === 0) this.finish();
      } finally {
        await release();
        // As every pooled driver of TypeORM does it: lazy relations then ask for another runner.
        Object.assign(this.runner, { isReleased: true });
      }
    };
  }

  /** A subscriber that asks the DataSource instead of `event.manager` is inside of the hold. */
  private leaseSubscribers(): void {
    const broadcaster = new Proxy(this.runner.broadcaster, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown =>
          this.within(() => Reflect.apply(member, target, args) as unknown);
      },
    });
    Object.assign(this.runner, { broadcaster });
  }

  private async during<T>(work: () => Promise<T>): Promise<T> {
    this.cancelRest?.();
    this.cancelRest = undefined;
    this.working += 1;
    try {
      if (!this.hold) await (this.taking ??= this.take());
      return await work();
    } finally {
      this.working -= 1;
      if (this.working === 0) this.rest();
    }
  }

  private async take(): Promise<void> {
    const hold: Hold = { yield: () => this.yield() };
    try {
      await this.gate.enter(hold);
      this.hold = hold;
    } finally {
      this.taking = undefined;
    }
  }

  private rest(): void {
    if (this.released) this.finish();
    else if (this.hold && !this.isPinned) {
      this.cancelRest = this.clock.schedule(0, () => this.yield());
    }
  }

  private yield(): boolean {
    if (this.working > 0 || this.isPinned) return false;
    this.leave();
    return true;
  }

  private finish(): void {
    if (!this.hold) return;
    try {
      const { databaseConnection } = this.driver;
      if (databaseConnection) abandonTransaction(databaseConnection, this.runner);
      this.endMigration();
    } finally {
      this.leave();
    }
  }

  private leave(): void {
    this.cancelRest?.();
    this.cancelRest = undefined;
    const { hold } = this;
    this.hold = undefined;
    if (hold) this.gate.leave(hold);
  }

  /** TypeORM leaves foreign keys off for ever when a migration fails. */
  private endMigration(): void {
    if (!this.migrating) return;
    this.migrating = false;
    const { databaseConnection } = this.driver;
    if (databaseConnection?.open) databaseConnection.exec('PRAGMA foreign_keys = ON');
  }

  private get isPinned(): boolean {
    return this.migrating || this.isInTransaction;
  }

  private get isInTransaction(): boolean {
    return isInTransaction(this.driver.databaseConnection);
  }
}
