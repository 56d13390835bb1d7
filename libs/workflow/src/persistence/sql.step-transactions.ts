import type { DataSource, EntityManager } from 'typeorm';
import type { StepCheckpoint } from '../engine/journal.port.js';
import {
  StepTransactions,
  type TransactionEnd,
  type TransactionOwner,
  type TransactionVerdict,
} from '../engine/step-transaction.port.js';
import type { Clock } from '../runtime/clock.js';
import { checkpointValues } from './checkpoint-values.js';
import type { Patience } from './patience.js';
import { StepConnection, type Abandon } from './step-connection.js';
import type { Query, StoreConnection } from './store-connection.js';
import { isDatabaseAway } from './transient-faults.js';

/** The statements behind a transactional step; every dialect has them. */
export interface TransactionStatements {
  /**
   * Locks the task for as long as the transaction lasts; no row when it is not ours. A server bounds
   * how long it waits for a client that has fallen silent, which keeps the task from others meanwhile.
   */
  readonly lockOwnTask: string;
  /** Checks the fence once more; no row when it is lost or the step is recorded already. */
  readonly insertOwnCheckpoint: string;
  readonly deleteTask: string;
  readonly endExecution: string;
  /**
   * Waits for the end of a transaction that has locked the task and was not answered; absent where
   * nobody else can be in the middle of one.
   */
  readonly awaitOwnEnd?: string;
  readonly findOwnCheckpoint: string;
}

/** Where transactional steps write: the database the user's entities live in. */
export interface StepDatabase {
  readonly dataSource: DataSource;
  readonly queryOf: (manager: EntityManager) => Query;
  /** Absent where no answer can be lost on its way. */
  readonly abandon?: Abandon;
}

/** Why there was no commit; its cause is what failed on the connection, if that is why. */
class RolledBack<R> extends Error {
  constructor(
    readonly outcome: R,
    cause: unknown,
  ) {
    super('The step asked for a rollback.', { cause });
  }
}

class Fenced extends Error {}

/** Whether there was a commit could not be found out. No cause: a fault of the moment would repeat it. */
class Unknown extends Error {
  constructor(readonly reason: unknown) {
    super('The commit was not answered.');
  }
}

type Committed = Extract<TransactionEnd<never>, { kind: 'committed' }>;

/** Transactional steps in the application's own database. */
export class SqlStepTransactions extends StepTransactions {
  constructor(
    private readonly database: StepDatabase,
    private readonly connection: StoreConnection,
    private readonly sql: TransactionStatements,
    private readonly clock: Clock,
    private readonly patience: Patience,
    /** Milliseconds. Repeats end with it: whoever could not renew it until then has let go. */
    private readonly lease: number,
  ) {
    super();
  }

  override async run<R>(
    owner: TransactionOwner,
    work: (manager: unknown) => Promise<TransactionVerdict<R>>,
    signal?: AbortSignal,
  ): Promise<TransactionEnd<R>> {
    try {
      return await this.patience.during(this.lease, () => this.attempt(owner, work), signal);
    } catch (error) {
      // Neither is the step's fault, nor could its failure be written: whoever comes next begins it anew.
      if (isDatabaseAway(error)) return { kind: 'unknown', error };
      if (error instanceof RolledBack) return { kind: 'rolled-back', outcome: error.outcome as R };
      if (error instanceof Fenced) return { kind: 'fenced' };
      if (error instanceof Unknown) return { kind: 'unknown', error: error.reason };
      throw error;
    }
  }

  private async attempt<R>(
    owner: TransactionOwner,
    work: (manager: unknown) => Promise<TransactionVerdict<R>>,
  ): Promise<TransactionEnd<R>> {
    let ready: Committed | undefined;
    const { dataSource, queryOf, abandon } = this.database;
    const runner = dataSource.createQueryRunner();
    const connection = new StepConnection(runner, this.clock, abandon);
    try {
      // Before anything is expected of it: the pool may have none at the moment.
      await runner.connect();
      return await runner.manager.transaction(async (manager) => {
        const query = queryOf(manager);
        await this.lock(query, owner);
        const verdict = await connection.lend(() => work(manager));
        if (verdict.kind === 'roll-back') {
          const { outcome, cause } = verdict;
          throw new RolledBack(outcome, connection.failedWith(cause) ? cause : undefined);
        }
        const at = await this.write(query, owner, verdict.checkpoint, verdict.departure);
        ready = { ...verdict, kind: 'committed', at };
        return ready;
      });
    } catch (error) {
      if (!ready) throw error;
      return await this.afterLostAnswer(owner, ready, error);
    } finally {
      await runner.release();
    }
  }

  private async lock(query: Query, owner: TransactionOwner): Promise<void> {
    const { tenantId, executionId, fence, run, workerId } = owner;
    const held = await query(this.sql.lockOwnTask, [tenantId, executionId, fence, run, workerId]);
    if (held.length === 0) throw new Fenced();
  }

  private async write(
    query: Query,
    owner: TransactionOwner,
    checkpoint: StepCheckpoint,
    departure: Committed['departure'],
  ): Promise<number> {
    const { tenantId, executionId, fence, run, workerId } = owner;
    const offset = this.clock.databaseOffset();
    const [inserted] = await query(this.sql.insertOwnCheckpoint, [
      offset,
      tenantId,
      executionId,
      fence,
      run,
      workerId,
      ...checkpointValues(checkpoint),
    ]);
    if (!inserted) throw new Fenced();
    if (!departure) return Number(inserted['at']);
    await query(this.sql.deleteTask, [tenantId, executionId]);
    const [ended] = await query(this.sql.endExecution, [
      offset,
      tenantId,
      executionId,
      departure.status,
      departure.output ?? null,
      departure.errors ?? null,
      departure.statusCode,
      departure.message,
      departure.degraded,
      fence,
    ]);
    return Number(ended?.['finished_at']);
  }

  /**
   * COMMIT was sent and its answer did not come: what is written says which it was, once nobody can
   * be committing any more. Without that, we let go: whoever claims the execution next reads the same.
   */
  private async afterLostAnswer(
    owner: TransactionOwner,
    ready: Committed,
    error: unknown,
  ): Promise<Committed> {
    const { tenantId, executionId, fence, run } = owner;
    const { stepId } = ready.checkpoint;
    const look = () =>
      this.connection.transaction(async (query) => {
        if (this.sql.awaitOwnEnd !== undefined) {
          await query(this.sql.awaitOwnEnd, [tenantId, executionId]);
        }
        return query(this.sql.findOwnCheckpoint, [tenantId, executionId, stepId, run, fence]);
      });
    const found = await this.patience.during(this.lease, look).catch((reason: unknown) => {
      throw new Unknown(reason);
    });
    if (found.length > 0) return ready;
    throw error;
  }
}
