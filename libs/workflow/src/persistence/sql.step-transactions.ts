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
import type { Query, StoreConnection } from './store-connection.js';

/** The statements behind a transactional step; every dialect has them. */
export interface TransactionStatements {
  /**
   * Bounds how long the server waits for a client that has fallen silent, which keeps its task from
   * others meanwhile; absent where there is no server.
   */
  readonly boundSilence?: string;
  /** Locks the task for as long as the transaction lasts; no row when it is not ours. */
  readonly lockOwnTask: string;
  /** Checks the fence once more; no row when it is lost or the step is recorded already. */
  readonly insertOwnCheckpoint: string;
  readonly deleteTask: string;
  readonly endExecution: string;
  readonly findOwnCheckpoint: string;
}

/** Reads after a commit whose answer was lost. */
const READS_AFTER_LOST_ANSWER = 5;

/** Milliseconds between them. */
const READ_PAUSE = 500;

class RolledBack<R> extends Error {
  constructor(readonly outcome: R) {
    super('The step asked for a rollback.');
  }
}

class Fenced extends Error {}

type Committed = Extract<TransactionEnd<never>, { kind: 'committed' }>;

/** Transactional steps in the application's own database. */
export class SqlStepTransactions extends StepTransactions {
  constructor(
    /** The one the user's entities live in. */
    private readonly dataSource: DataSource,
    private readonly connection: StoreConnection,
    private readonly sql: TransactionStatements,
    private readonly queryOf: (manager: EntityManager) => Query,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async run<R>(
    owner: TransactionOwner,
    work: (manager: unknown) => Promise<TransactionVerdict<R>>,
  ): Promise<TransactionEnd<R>> {
    let ready: Committed | undefined;
    try {
      return await this.dataSource.transaction(async (manager) => {
        const query = this.queryOf(manager);
        await this.lock(query, owner);
        const verdict = await work(manager);
        if (verdict.kind === 'roll-back') throw new RolledBack(verdict.outcome);
        const at = await this.write(query, owner, verdict.checkpoint, verdict.departure);
        ready = { ...verdict, kind: 'committed', at };
        return ready;
      });
    } catch (error) {
      if (error instanceof RolledBack) return { kind: 'rolled-back', outcome: error.outcome as R };
      if (error instanceof Fenced) return { kind: 'fenced' };
      if (!ready) throw error;
      return this.afterLostAnswer(owner, ready, error);
    }
  }

  private async lock(query: Query, owner: TransactionOwner): Promise<void> {
    const { tenantId, executionId, fence, run, workerId } = owner;
    if (this.sql.boundSilence !== undefined) await query(this.sql.boundSilence, []);
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
   * COMMIT was sent and its answer did not come: what is written says which it was. Without that, we
   * let go: whoever claims the execution next reads the same.
   */
  private async afterLostAnswer(
    { tenantId, executionId, fence, run }: TransactionOwner,
    ready: Committed,
    error: unknown,
  ): Promise<Committed | { readonly kind: 'fenced' }> {
    for (let reads = 1; reads <= READS_AFTER_LOST_ANSWER; reads += 1) {
      try {
        const rows = await this.connection.read((query) =>
          query(this.sql.findOwnCheckpoint, [
            tenantId,
            executionId,
            ready.checkpoint.stepId,
            run,
            fence,
          ]),
        );
        if (rows.length > 0) return ready;
        throw error;
      } catch (failure) {
        if (failure === error) throw error;
        await new Promise<void>((resolve) => this.clock.schedule(READ_PAUSE, resolve));
      }
    }
    return { kind: 'fenced' };
  }
}
