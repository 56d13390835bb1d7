import type { CreateOutcome, NewExecution, Transition } from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import { runsOf } from '../../batch-runs.js';
import type { JournalOutcome, JournalRecord, JournalStore } from '../../journal-record.js';
import type { Query } from '../../store-connection.js';
import { ExecutionCreation } from './execution-creation.js';
import type { PostgresJournalStatements } from './postgres.journal.statements.js';
import { TransitionWriting, type TransitionKind } from './transition-writing.js';

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

  /** Whatever one statement can write: executions of one worker, or transitions of one kind. */
  laneOf(record: JournalRecord): string {
    return record.kind === 'create'
      ? `create ${record.execution.workerId ?? ''}`
      : kindOf(record.transition);
  }

  async flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    const { prepared } = this.connection;
    const outcomes: JournalOutcome[] = [];
    // What the journal gathers is one run; whatever else is given keeps its order.
    for (const records of runsOf(batch, (record) => this.laneOf(record))) {
      const transitions = transitionsOf(records);
      const answers =
        transitions.length === 0
          ? await this.creation.create(prepared, executionsOf(records))
          : await this.transitions.write(prepared, kindOf(transitions[0]), transitions);
      outcomes.push(...answers);
    }
    return outcomes;
  }

  async createWithin(query: Query, execution: NewExecution): Promise<CreateOutcome> {
    const [outcome] = await this.creation.create(query, [execution]);
    return outcome;
  }
}

const kindOf = ({ departure }: Transition): TransitionKind => departure?.kind ?? 'stay';

const executionsOf = (records: readonly JournalRecord[]): NewExecution[] =>
  records.flatMap((record) => (record.kind === 'create' ? [record.execution] : []));

const transitionsOf = (records: readonly JournalRecord[]): Transition[] =>
  records.flatMap((record) => (record.kind === 'transition' ? [record.transition] : []));
