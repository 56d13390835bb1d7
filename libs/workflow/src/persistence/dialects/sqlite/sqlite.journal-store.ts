import type {
  CreateOutcome,
  Departure,
  NewExecution,
  StepCheckpoint,
  Transition,
  TransitionOutcome,
} from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import { checkpointValues } from '../../checkpoint-values.js';
import type { JournalOutcome, JournalRecord, JournalStore } from '../../journal-record.js';
import type { StatementsAtOnce } from '../../sqlite/prepared-statements.js';
import type { Query, Row } from '../../store-connection.js';
import type { SqliteJournalStatements } from './sqlite.journal.statements.js';

/** Sends the statements of a batch at once. */
export interface SynchronousTransactions {
  atOnce<T>(work: (statements: StatementsAtOnce) => T): Promise<T>;
}

/** A statement that is to be sent. */
type Statement = readonly [sql: string, parameters: readonly unknown[]];

/** Writes batches of the journal: one transaction, a few statements a record. */
export class SqliteJournalStore implements JournalStore {
  constructor(
    private readonly connection: SynchronousTransactions,
    private readonly sql: SqliteJournalStatements,
    private readonly clock: Clock,
  ) {}

  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    return this.connection.atOnce((statements) => {
      const now = nowIn(statements.first(...this.moment()));
      return batch.map((record): JournalOutcome =>
        record.kind === 'create'
          ? this.create(statements, record.execution, now)
          : this.apply(statements, record.transition, now),
      );
    });
  }

  async createWithin(query: Query, execution: NewExecution): Promise<CreateOutcome> {
    const now = nowIn((await query(...this.moment()))[0]);
    await query(...this.creation(execution, now));
    const [row] = await query(this.sql.changes, []);
    if (row?.['changes'] === 0) {
      return outcomeOf(execution, (await query(...this.existing(execution)))[0]);
    }
    await query(...this.task(execution, now));
    return created(execution, now);
  }

  private create(
    statements: StatementsAtOnce,
    execution: NewExecution,
    now: number,
  ): CreateOutcome {
    if (statements.change(...this.creation(execution, now)) === 0) {
      return outcomeOf(execution, statements.first(...this.existing(execution)));
    }
    statements.change(...this.task(execution, now));
    return created(execution, now);
  }

  private moment(): Statement {
    return [this.sql.moment, [this.clock.databaseOffset()]];
  }

  private creation(execution: NewExecution, now: number): Statement {
    return [
      this.sql.createExecution,
      [
        now,
        execution.tenantId,
        execution.executionId,
        execution.workflowId,
        execution.workflowVersion,
        execution.definitionHash,
        execution.capability,
        execution.userId ?? null,
        execution.idempotencyKey ?? null,
        execution.inputHash,
        execution.input,
        execution.context,
      ],
    ];
  }

  private existing(execution: NewExecution): Statement {
    const { tenantId, executionId, workflowId, idempotencyKey } = execution;
    return [this.sql.findExisting, [tenantId, executionId, workflowId, idempotencyKey ?? null]];
  }

  private task(execution: NewExecution, now: number): Statement {
    const { tenantId, executionId, capability, workerId } = execution;
    return workerId === undefined
      ? [this.sql.createPendingTask, [now, tenantId, executionId, capability]]
      : [this.sql.createOwnedTask, [tenantId, executionId, capability, workerId]];
  }

  private apply(
    statements: StatementsAtOnce,
    transition: Transition,
    now: number,
  ): TransitionOutcome {
    const { tenantId, executionId, fence, run } = transition;
    const [first, ...others] = transition.checkpoints;
    if (!this.holds(statements, transition, first, now)) {
      return this.afterEnd(statements, transition);
    }
    const key = [tenantId, executionId, fence, run];
    for (const attempt of transition.attempts) {
      statements.change(this.sql.insertAttempt, [
        now,
        ...key,
        attempt.stepId,
        attempt.attempt,
        attempt.errors,
        attempt.startedAt,
        attempt.finishedAt,
        Math.round(attempt.retryDelay),
      ]);
    }
    for (const checkpoint of others) {
      statements.change(this.sql.insertCheckpoint, [...key, ...checkpointValues(checkpoint)]);
    }
    if (transition.departure) this.leave(statements, transition, transition.departure, now);
    return { kind: 'applied', at: now };
  }

  /** Writes the first checkpoint. If nothing is changed, the fence is lost, or the step is recorded. */
  private holds(
    statements: StatementsAtOnce,
    { tenantId, executionId, fence, run, workerId }: Transition,
    first: StepCheckpoint | undefined,
    now: number,
  ): boolean {
    if (first) {
      const changed = statements.change(this.sql.insertFirstCheckpoint, [
        now,
        tenantId,
        executionId,
        fence,
        run,
        workerId,
        ...checkpointValues(first),
      ]);
      if (changed > 0) return true;
    }
    const owner = [tenantId, executionId, fence, run, workerId];
    return statements.first(this.sql.checkFence, owner) !== undefined;
  }

  /** An end whose commit was answered by an error is repeated; it must not look like a lost fence. */
  private afterEnd(
    statements: StatementsAtOnce,
    { tenantId, executionId, fence, run, departure }: Transition,
  ): TransitionOutcome {
    if (departure?.kind !== 'end') return { kind: 'fenced' };
    const ended = statements.first(this.sql.findOwnEnd, [tenantId, executionId, fence, run]);
    return ended ? { kind: 'applied', at: Number(ended['finished_at']) } : { kind: 'fenced' };
  }

  private leave(
    statements: StatementsAtOnce,
    { tenantId, executionId, fence }: Transition,
    departure: Departure,
    now: number,
  ): void {
    switch (departure.kind) {
      case 'end':
        statements.change(this.sql.removeTask, [tenantId, executionId]);
        statements.change(this.sql.finishExecution, [
          now,
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
        return;
      case 'park':
      case 'release':
        statements.change(this.sql[departure.kind], [
          now,
          tenantId,
          executionId,
          Math.round(departure.delay),
        ]);
        return;
      case 'suspend':
        statements.change(this.sql.suspend, [tenantId, executionId, departure.reason]);
        return;
    }
  }
}

const nowIn = (row: Row | undefined): number => Number(row?.['now']);

/** What exists is the execution itself, when an earlier answer was lost, or the one with its key. */
function outcomeOf(execution: NewExecution, existing: Row | undefined): CreateOutcome {
  const id = String(existing?.['id']);
  return id === execution.executionId
    ? created(execution, Number(existing?.['created_at']))
    : { kind: 'joined', executionId: id, inputHash: String(existing?.['input_hash']) };
}

const created = ({ workerId }: NewExecution, createdAt: number): CreateOutcome => ({
  kind: 'created',
  fence: workerId === undefined ? 0 : 1,
  createdAt,
});
