import type {
  CreateOutcome,
  Departure,
  NewExecution,
  Transition,
  TransitionOutcome,
} from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import type { JournalOutcome, JournalRecord, JournalStore } from '../../journal-record.js';
import type { Query, Row, StoreConnection } from '../../store-connection.js';
import type { PostgresStatements } from './postgres.statements.js';

/** Writes batches of the journal: a transaction of a few statements, however large the batch. */
export class PostgresJournalStore implements JournalStore {
  constructor(
    private readonly connection: StoreConnection,
    private readonly sql: PostgresStatements,
    private readonly clock: Clock,
    /** Milliseconds. */
    private readonly lease: number,
  ) {}

  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    const executions = batch.flatMap((record) =>
      record.kind === 'create' ? [record.execution] : [],
    );
    const transitions = batch.flatMap((record) =>
      record.kind === 'transition' ? [record.transition] : [],
    );
    return this.connection.transaction(async (query) => {
      const created = await this.create(query, executions);
      const applied = await this.apply(query, transitions);
      return batch.map((record): JournalOutcome =>
        record.kind === 'create'
          ? (created.get(record.execution) as CreateOutcome)
          : (applied.get(record.transition) ?? { kind: 'fenced' }),
      );
    });
  }

  async createWithin(query: Query, execution: NewExecution): Promise<CreateOutcome> {
    const outcomes = await this.create(query, [execution]);
    return outcomes.get(execution) as CreateOutcome;
  }

  private async create(
    query: Query,
    executions: readonly NewExecution[],
  ): Promise<ReadonlyMap<NewExecution, CreateOutcome>> {
    const outcomes = new Map<NewExecution, CreateOutcome>();
    if (executions.length === 0) return outcomes;
    const rows = await query(this.sql.createExecutions, [
      this.clock.databaseOffset(),
      ...columnsOf(executions, [
        (e) => e.tenantId,
        (e) => e.executionId,
        (e) => e.workflowId,
        (e) => e.workflowVersion,
        (e) => e.definitionHash,
        (e) => e.capability,
        (e) => e.userId,
        (e) => e.idempotencyKey,
        (e) => e.inputHash,
        (e) => e.input,
        (e) => e.context,
      ]),
    ]);
    const createdAt = new Map(rows.map((row) => [nameOf(row, 'id'), Number(row['created_at'])]));
    const created = executions.filter((execution) => createdAt.has(keyOf(execution)));
    for (const execution of created) {
      outcomes.set(execution, {
        kind: 'created',
        fence: execution.workerId === undefined ? 0 : 1,
        createdAt: createdAt.get(keyOf(execution)) ?? 0,
      });
    }
    if (created.length > 0) {
      // A batch may say the same twice; there is one task.
      const once = new Map(created.map((execution) => [keyOf(execution), execution]));
      await query(this.sql.createTasks, [
        this.clock.databaseOffset(),
        this.lease,
        ...columnsOf(
          [...once.values()],
          [(e) => e.tenantId, (e) => e.executionId, (e) => e.capability, (e) => e.workerId],
        ),
      ]);
    }
    const repeated = executions.filter((execution) => !outcomes.has(execution));
    if (repeated.length > 0) await this.join(query, repeated, outcomes);
    return outcomes;
  }

  private async join(
    query: Query,
    executions: readonly NewExecution[],
    outcomes: Map<NewExecution, CreateOutcome>,
  ): Promise<void> {
    const rows = await query(
      this.sql.findExisting,
      columnsOf(executions, [
        (e) => e.tenantId,
        (e) => e.executionId,
        (e) => e.workflowId,
        (e) => e.idempotencyKey,
      ]),
    );
    const byId = new Map(rows.map((row) => [nameOf(row, 'id'), row]));
    const byKey = new Map(rows.map((row) => [idempotencyName(row), row]));
    for (const execution of executions) {
      const own = byId.get(keyOf(execution));
      const { tenantId, workflowId, idempotencyKey } = execution;
      const other = byKey.get(`${tenantId} ${workflowId} ${idempotencyKey}`);
      outcomes.set(
        execution,
        own
          ? {
              kind: 'created',
              fence: execution.workerId === undefined ? 0 : 1,
              createdAt: Number(own['created_at']),
            }
          : {
              kind: 'joined',
              executionId: String(other?.['id']),
              inputHash: String(other?.['input_hash']),
            },
      );
    }
  }

  private async apply(
    query: Query,
    transitions: readonly Transition[],
  ): Promise<ReadonlyMap<Transition, TransitionOutcome>> {
    const outcomes = new Map<Transition, TransitionOutcome>();
    if (transitions.length === 0) return outcomes;
    const offset = this.clock.databaseOffset();
    const locked = await query(this.sql.lockHeld, [
      offset,
      ...columnsOf(transitions, [
        (t) => t.tenantId,
        (t) => t.executionId,
        (t) => t.fence,
        (t) => t.run,
        (t) => t.workerId,
      ]),
    ]);
    const lockedAt = new Map(locked.map((row) => [Number(row['position']), Number(row['at'])]));
    const held: Transition[] = [];
    const left = new Set<string>();
    for (const [index, transition] of transitions.entries()) {
      const at = lockedAt.get(index + 1);
      // Whoever has left the execution does not own it any more, also not within a batch.
      if (at === undefined || left.has(keyOf(transition))) continue;
      held.push(transition);
      outcomes.set(transition, { kind: 'applied', at });
      if (transition.departure) left.add(keyOf(transition));
    }
    // First: it waits for transactional steps, and they might wait for a checkpoint written before.
    await this.leave(query, held, outcomes);
    await this.insertAttempts(query, held);
    await this.insertCheckpoints(query, held);
    await this.recogniseEnds(query, transitions, outcomes);
    return outcomes;
  }

  /** An end whose commit was answered by silence is repeated; it must not look like a lost fence. */
  private async recogniseEnds(
    query: Query,
    transitions: readonly Transition[],
    outcomes: Map<Transition, TransitionOutcome>,
  ): Promise<void> {
    const unmatched = transitions.filter(
      (transition) => transition.departure?.kind === 'end' && !outcomes.has(transition),
    );
    if (unmatched.length === 0) return;
    const rows = await query(
      this.sql.findOwnEnds,
      columnsOf(unmatched, [(t) => t.tenantId, (t) => t.executionId, (t) => t.fence, (t) => t.run]),
    );
    for (const row of rows) {
      const transition = unmatched[Number(row['position']) - 1];
      if (transition) outcomes.set(transition, { kind: 'applied', at: Number(row['finished_at']) });
    }
  }

  private async insertAttempts(query: Query, held: readonly Transition[]): Promise<void> {
    const attempts = held.flatMap((owner) => owner.attempts.map((attempt) => ({ owner, attempt })));
    if (attempts.length === 0) return;
    await query(this.sql.insertAttempts, [
      this.clock.databaseOffset(),
      ...columnsOf(attempts, [
        ({ owner }) => owner.tenantId,
        ({ owner }) => owner.executionId,
        ({ owner }) => owner.fence,
        ({ owner }) => owner.run,
        ({ attempt }) => attempt.stepId,
        ({ attempt }) => attempt.attempt,
        ({ attempt }) => attempt.errors,
        ({ attempt }) => attempt.startedAt,
        ({ attempt }) => attempt.finishedAt,
        ({ attempt }) => attempt.retryDelay,
      ]),
    ]);
  }

  private async insertCheckpoints(query: Query, held: readonly Transition[]): Promise<void> {
    const rows = held.flatMap((owner) =>
      owner.checkpoints.map((checkpoint) => ({ owner, checkpoint })),
    );
    if (rows.length === 0) return;
    await query(
      this.sql.insertCheckpoints,
      columnsOf(rows, [
        ({ owner }) => owner.tenantId,
        ({ owner }) => owner.executionId,
        ({ owner }) => owner.fence,
        ({ owner }) => owner.run,
        ({ checkpoint }) => checkpoint.stepId,
        ({ checkpoint }) => checkpoint.status,
        ({ checkpoint }) => checkpoint.attempts,
        ({ checkpoint }) => checkpoint.output,
        ({ checkpoint }) => checkpoint.errors,
        ({ checkpoint }) => checkpoint.statusCode,
        ({ checkpoint }) => checkpoint.reason,
        ({ checkpoint }) => checkpoint.writes,
        ({ checkpoint }) => checkpoint.audit,
        ({ checkpoint }) => checkpoint.usage,
        ({ checkpoint }) => checkpoint.startedAt,
        ({ checkpoint }) => checkpoint.finishedAt,
      ]),
    );
  }

  private async leave(
    query: Query,
    held: readonly Transition[],
    outcomes: Map<Transition, TransitionOutcome>,
  ): Promise<void> {
    const offset = this.clock.databaseOffset();
    const ending = departing(held, 'end');
    if (ending.length > 0) {
      await query(this.sql.deleteTasks, columnsOf(ending, KEY));
      const ended = await query(this.sql.endExecutions, [
        offset,
        ...columnsOf(ending, [
          ...KEY,
          ({ departure }) => departure.status,
          ({ departure }) => departure.output,
          ({ departure }) => departure.errors,
          ({ departure }) => departure.statusCode,
          ({ departure }) => departure.message,
          ({ departure }) => departure.degraded,
          ({ owner }) => owner.fence,
        ]),
      ]);
      const endedAt = new Map(ended.map((row) => [nameOf(row, 'id'), Number(row['finished_at'])]));
      for (const { owner } of ending) {
        outcomes.set(owner, { kind: 'applied', at: endedAt.get(keyOf(owner)) ?? 0 });
      }
    }
    for (const kind of ['park', 'release'] as const) {
      const leaving = departing(held, kind);
      if (leaving.length === 0) continue;
      if (kind === 'release') await query(this.sql.lockForRelease, columnsOf(leaving, KEY));
      await query(this.sql[kind], [
        offset,
        ...columnsOf(leaving, [...KEY, ({ departure }) => departure.delay]),
      ]);
    }
    const suspended = departing(held, 'suspend');
    if (suspended.length > 0) {
      await query(
        this.sql.suspend,
        columnsOf(suspended, [...KEY, ({ departure }) => departure.reason]),
      );
    }
  }
}

interface Leaving<K extends Departure['kind']> {
  readonly owner: Transition;
  readonly departure: Extract<Departure, { kind: K }>;
}

const departing = <K extends Departure['kind']>(
  held: readonly Transition[],
  kind: K,
): Leaving<K>[] =>
  held.flatMap((owner) =>
    owner.departure?.kind === kind
      ? [{ owner, departure: owner.departure as Extract<Departure, { kind: K }> }]
      : [],
  );

const KEY = [
  ({ owner }: { readonly owner: Transition }) => owner.tenantId,
  ({ owner }: { readonly owner: Transition }) => owner.executionId,
];

/** One array per column, one value per record. */
const columnsOf = <T>(
  records: readonly T[],
  values: readonly ((record: T) => unknown)[],
): unknown[][] => values.map((value) => records.map((record) => value(record) ?? null));

const keyOf = ({ tenantId, executionId }: { tenantId: string; executionId: string }): string =>
  `${tenantId} ${executionId}`;

const nameOf = (row: Row, id: string): string => `${String(row['tenant_id'])} ${String(row[id])}`;

const idempotencyName = (row: Row): string =>
  `${String(row['tenant_id'])} ${String(row['workflow_id'])} ${String(row['idempotency_key'])}`;
