import type {
  CreateOutcome,
  Departure,
  NewExecution,
  Transition,
  TransitionOutcome,
} from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import { checkpointValues } from '../../checkpoint-values.js';
import type { JournalOutcome, JournalRecord, JournalStore } from '../../journal-record.js';
import type { Query, StoreConnection } from '../../store-connection.js';
import type { SqliteStatements } from './sqlite.statements.js';

/** Writes batches of the journal: one transaction, a few statements a record. */
export class SqliteJournalStore implements JournalStore {
  constructor(
    private readonly connection: StoreConnection,
    private readonly sql: SqliteStatements,
    private readonly clock: Clock,
  ) {}

  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    return this.connection.transaction(async (query) => {
      const outcomes: JournalOutcome[] = [];
      for (const record of batch) {
        outcomes.push(
          record.kind === 'create'
            ? await this.createWithin(query, record.execution)
            : await this.apply(query, record.transition),
        );
      }
      return outcomes;
    });
  }

  async createWithin(query: Query, execution: NewExecution): Promise<CreateOutcome> {
    const { tenantId, executionId, workflowId, idempotencyKey, workerId, capability } = execution;
    const created = await query(this.sql.createExecution, [
      this.clock.databaseOffset(),
      tenantId,
      executionId,
      workflowId,
      execution.workflowVersion,
      execution.definitionHash,
      capability,
      execution.userId ?? null,
      idempotencyKey ?? null,
      execution.inputHash,
      execution.input,
      execution.context,
    ]);
    const row = created[0];
    const fence = workerId === undefined ? 0 : 1;
    if (!row) {
      const [existing] = await query(this.sql.findExisting, [
        tenantId,
        executionId,
        workflowId,
        idempotencyKey ?? null,
      ]);
      const id = String(existing?.['id']);
      return id === executionId
        ? { kind: 'created', fence, createdAt: Number(existing?.['created_at']) }
        : { kind: 'joined', executionId: id, inputHash: String(existing?.['input_hash']) };
    }
    if (workerId === undefined) {
      const offset = this.clock.databaseOffset();
      await query(this.sql.createPendingTask, [offset, tenantId, executionId, capability]);
    } else {
      await query(this.sql.createOwnedTask, [tenantId, executionId, capability, workerId]);
    }
    return { kind: 'created', fence, createdAt: Number(row['created_at']) };
  }

  private async apply(query: Query, transition: Transition): Promise<TransitionOutcome> {
    const { tenantId, executionId, fence, run, workerId } = transition;
    const offset = this.clock.databaseOffset();
    const held = await query(this.sql.checkFence, [
      offset,
      tenantId,
      executionId,
      fence,
      run,
      workerId,
    ]);
    if (!held[0]) return this.afterEnd(query, transition);
    const key = [tenantId, executionId, fence, run];
    for (const attempt of transition.attempts) {
      await query(this.sql.insertAttempt, [
        offset,
        ...key,
        attempt.stepId,
        attempt.attempt,
        attempt.errors,
        attempt.startedAt,
        attempt.finishedAt,
        Math.round(attempt.retryDelay),
      ]);
    }
    for (const checkpoint of transition.checkpoints) {
      await query(this.sql.insertCheckpoint, [...key, ...checkpointValues(checkpoint)]);
    }
    const at = transition.departure
      ? await this.leave(query, transition, transition.departure)
      : undefined;
    return { kind: 'applied', at: at ?? Number(held[0]['at']) };
  }

  /** An end whose commit was answered by an error is repeated; it must not look like a lost fence. */
  private async afterEnd(
    query: Query,
    { tenantId, executionId, fence, run, departure }: Transition,
  ): Promise<TransitionOutcome> {
    if (departure?.kind !== 'end') return { kind: 'fenced' };
    const [ended] = await query(this.sql.findOwnEnd, [tenantId, executionId, fence, run]);
    return ended ? { kind: 'applied', at: Number(ended['finished_at']) } : { kind: 'fenced' };
  }

  /** Returns the time of the end, if it was one. */
  private async leave(
    query: Query,
    { tenantId, executionId, fence }: Transition,
    departure: Departure,
  ): Promise<number | undefined> {
    const offset = this.clock.databaseOffset();
    switch (departure.kind) {
      case 'end': {
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
          departure.degraded ? 1 : 0,
          fence,
        ]);
        return Number(ended?.['finished_at']);
      }
      case 'park':
      case 'release':
        await query(this.sql[departure.kind], [
          offset,
          tenantId,
          executionId,
          Math.round(departure.delay),
        ]);
        return undefined;
      case 'suspend':
        await query(this.sql.suspend, [tenantId, executionId, departure.reason]);
        return undefined;
    }
  }
}
