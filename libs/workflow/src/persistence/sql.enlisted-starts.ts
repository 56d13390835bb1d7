import type { DataSource, EntityManager } from 'typeorm';
import { EnlistedStarts, type EnlistedStart } from '../dispatch/enlisted-starts.port.js';
import type { CreateOutcome, ExecutionKey, NewExecution } from '../engine/journal.port.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { JournalStore } from './journal-record.js';
import type { KeyExpiry } from './key-expiry.js';
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
    private readonly keyExpiry: KeyExpiry,
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
    return { outcome: await this.createOnce(query, execution), committed };
  }

  private async createOnce(query: Query, execution: NewExecution): Promise<CreateOutcome> {
    const outcome = await this.journal.createWithin(query, execution);
    if (outcome.kind === 'created') return outcome;
    const joined = { tenantId: execution.tenantId, executionId: outcome.executionId };
    return (await this.keyExpired(query, joined)) ? this.createOnce(query, execution) : outcome;
  }

  private async keyExpired(query: Query, joined: ExecutionKey): Promise<boolean> {
    const { keyLifetime } = this;
    return keyLifetime !== undefined && this.keyExpiry.expire(query, joined, keyLifetime);
  }
}
