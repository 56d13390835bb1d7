import type { DataSource, EntityManager } from 'typeorm';
import { EnlistedStarts, type EnlistedStart } from '../dispatch/enlisted-starts.port.js';
import type { NewExecution } from '../engine/journal.port.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { Clock } from '../runtime/clock.js';
import type { JournalStore } from './journal-record.js';
import type { Query } from './store-connection.js';
import { runnerOf } from './transaction-runner.js';
import type { TransactionEnds } from './transaction-ends.js';

/** Starts inside transactions of the application's DataSource. */
export class SqlEnlistedStarts extends EnlistedStarts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly journal: JournalStore,
    private readonly queryOf: (manager: EntityManager) => Query,
    private readonly ends: TransactionEnds,
    private readonly expireKey: string,
    private readonly clock: Clock,
    /** Milliseconds; absent when keys do not expire. */
    private readonly keyLifetime: number | undefined,
  ) {
    super();
  }

  override async create(given: unknown, execution: NewExecution): Promise<EnlistedStart> {
    const manager = given as EntityManager;
    if (manager.dataSource !== this.dataSource) {
      throw new WorkflowException(
        'TRANSACTION_REQUIRED',
        'The EntityManager is of another DataSource than the one executions are kept in, so the two could not commit together.',
      );
    }
    const committed = this.ends.of(runnerOf(manager));
    const query = this.queryOf(manager);
    const outcome = await this.journal.createWithin(query, execution);
    return outcome.kind === 'joined' && (await this.expired(query, execution))
      ? { outcome: await this.journal.createWithin(query, execution), committed }
      : { outcome, committed };
  }

  private async expired(query: Query, execution: NewExecution): Promise<boolean> {
    if (this.keyLifetime === undefined) return false;
    const rows = await query(this.expireKey, [
      this.clock.databaseOffset(),
      execution.tenantId,
      execution.workflowId,
      execution.idempotencyKey,
      this.keyLifetime,
    ]);
    return rows.length > 0;
  }
}
