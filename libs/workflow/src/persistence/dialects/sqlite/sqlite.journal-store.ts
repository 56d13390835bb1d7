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
import type { SendNow } from '../../sqlite/prepared-statements.js';
import type { Query, Row } from '../../store-connection.js';
import type { SqliteStatements } from './sqlite.statements.js';

/** Sends the statements of a batch at once. */
export interface SynchronousTransactions {
  atOnce<T>(work: (send: SendNow) => T): Promise<T>;
}

/** A statement that is to be sent, whose first row comes back. */
type Statement = readonly [sql: string, parameters: readonly unknown[]];
type Statements<T> = Generator<Statement, T, Row | undefined>;

/** Writes batches of the journal: one transaction, a few statements a record. */
export class SqliteJournalStore implements JournalStore {
  constructor(
    private readonly connection: SynchronousTransactions,
    private readonly sql: SqliteStatements,
    private readonly clock: Clock,
  ) {}

  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    return this.connection.atOnce((send) =>
      batch.map((record): JournalOutcome =>
        record.kind === 'create'
          ? sentAtOnce(send, this.creation(record.execution))
          : this.apply(send, record.transition),
      ),
    );
  }

  async createWithin(query: Query, execution: NewExecution): Promise<CreateOutcome> {
    const creation = this.creation(execution);
    let next = creation.next();
    while (!next.done) next = creation.next((await query(...next.value))[0]);
    return next.value;
  }

  private *creation(execution: NewExecution): Statements<CreateOutcome> {
    const { tenantId, executionId, workflowId, idempotencyKey, workerId, capability } = execution;
    const created = yield [
      this.sql.createExecution,
      [
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
      ],
    ];
    const fence = workerId === undefined ? 0 : 1;
    if (!created) {
      const existing = yield [
        this.sql.findExisting,
        [tenantId, executionId, workflowId, idempotencyKey ?? null],
      ];
      const id = String(existing?.['id']);
      return id === executionId
        ? { kind: 'created', fence, createdAt: Number(existing?.['created_at']) }
        : { kind: 'joined', executionId: id, inputHash: String(existing?.['input_hash']) };
    }
    if (workerId === undefined) {
      const offset = this.clock.databaseOffset();
      yield [this.sql.createPendingTask, [offset, tenantId, executionId, capability]];
    } else {
      yield [this.sql.createOwnedTask, [tenantId, executionId, capability, workerId]];
    }
    return { kind: 'created', fence, createdAt: Number(created['created_at']) };
  }

  private apply(send: SendNow, transition: Transition): TransitionOutcome {
    const { tenantId, executionId, fence, run, workerId } = transition;
    const offset = this.clock.databaseOffset();
    const owner = [tenantId, executionId, fence, run, workerId];
    const [first, ...others] = transition.checkpoints;
    // The first checkpoint asks for the fence itself; without a row it is lost, or the step is recorded.
    const held =
      (first &&
        send(this.sql.insertOwnCheckpoint, [offset, ...owner, ...checkpointValues(first)])) ??
      send(this.sql.checkFence, [offset, ...owner]);
    if (!held) return this.afterEnd(send, transition);
    const key = [tenantId, executionId, fence, run];
    for (const attempt of transition.attempts) {
      send(this.sql.insertAttempt, [
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
    for (const checkpoint of others) {
      send(this.sql.insertCheckpoint, [...key, ...checkpointValues(checkpoint)]);
    }
    const at = transition.departure
      ? this.leave(send, transition, transition.departure)
      : undefined;
    return { kind: 'applied', at: at ?? Number(held['at']) };
  }

  /** An end whose commit was answered by an error is repeated; it must not look like a lost fence. */
  private afterEnd(
    send: SendNow,
    { tenantId, executionId, fence, run, departure }: Transition,
  ): TransitionOutcome {
    if (departure?.kind !== 'end') return { kind: 'fenced' };
    const ended = send(this.sql.findOwnEnd, [tenantId, executionId, fence, run]);
    return ended ? { kind: 'applied', at: Number(ended['finished_at']) } : { kind: 'fenced' };
  }

  /** Returns the time of the end, if it was one. */
  private leave(
    send: SendNow,
    { tenantId, executionId, fence }: Transition,
    departure: Departure,
  ): number | undefined {
    const offset = this.clock.databaseOffset();
    switch (departure.kind) {
      case 'end': {
        send(this.sql.deleteTask, [tenantId, executionId]);
        const ended = send(this.sql.endExecution, [
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
        send(this.sql[departure.kind], [
          offset,
          tenantId,
          executionId,
          Math.round(departure.delay),
        ]);
        return undefined;
      case 'suspend':
        send(this.sql.suspend, [tenantId, executionId, departure.reason]);
        return undefined;
    }
  }
}

function sentAtOnce<T>(send: SendNow, statements: Statements<T>): T {
  let next = statements.next();
  while (!next.done) next = statements.next(send(...next.value));
  return next.value;
}
