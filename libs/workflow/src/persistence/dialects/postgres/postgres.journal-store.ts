import type { CreateOutcome, NewExecution, Transition } from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import { runsOf } from '../../batch-runs.js';
import type { JournalOutcome, JournalRecord, JournalStore } from '../../journal-record.js';
import type { Query } from '../../store-connection.js';
import { ExecutionCreation } from './execution-creation.js';
import type { PostgresJournalStatements } from './postgres.journal.statements.js';
import { TransitionWriting, type TransitionKind } from './transition-writing.js';

type Lane = 'create' | TransitionKind;

/** Sends one statement, which is a commit of its own, and keeps it prepared. */
export interface PreparedStatements {
  prepared: Query;
}

/** Writes batches of the journal: a batch of one lane is one statement, however large it is. */
export class PostgresJournalStore implements JournalStore {
  /** One is on its way while another one is being written. */
  readonly flushesInFlight = 2;
  readonly answersByEvents = true;
  private readonly creation: ExecutionCreation;
  private readonly transitions: TransitionWriting;

  constructor(
    private readonly connection: PreparedStatements,
    sql: PostgresJournalStatements,
    clock: Clock,
    /** Milliseconds. */
    lease: number,
  ) {
    this.creation = new ExecutionCreation(sql, clock, lease);
    this.transitions = new TransitionWriting(sql, clock);
  }

  laneOf(record: JournalRecord): Lane {
    if (record.kind === 'create') return 'create';
    return record.transition.departure?.kind ?? 'stay';
  }

  async flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    const outcomes: JournalOutcome[] = [];
    const lane = (record: JournalRecord): Lane => this.laneOf(record);
    // What the journal gathers is one run; whatever else is given keeps its order.
    for (const run of runsOf(batch, lane)) {
      const answers =
        run.lane === 'create'
          ? await this.creation.create(this.connection.prepared, executionsOf(run.records))
          : await this.transitions.write(
              this.connection.prepared,
              run.lane,
              transitionsOf(run.records),
            );
      outcomes.push(...answers);
    }
    return outcomes;
  }

  async createWithin(query: Query, execution: NewExecution): Promise<CreateOutcome> {
    const [outcome] = await this.creation.create(query, [execution]);
    return outcome;
  }
}

const executionsOf = (records: readonly JournalRecord[]): NewExecution[] =>
  records.flatMap((record) => (record.kind === 'create' ? [record.execution] : []));

const transitionsOf = (records: readonly JournalRecord[]): Transition[] =>
  records.flatMap((record) => (record.kind === 'transition' ? [record.transition] : []));
