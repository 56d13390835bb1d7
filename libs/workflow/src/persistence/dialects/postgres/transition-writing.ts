import type {
  Departure,
  FailedAttempt,
  StepCheckpoint,
  Transition,
  TransitionOutcome,
} from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import type { Query, Row } from '../../store-connection.js';
import { columnsOf, paddedColumnsOf, valuesOf, type Column } from './batch-columns.js';
import type { PostgresJournalStatements } from './postgres.journal.statements.js';

/** How an execution goes on after a transition: it stays with its owner, or departs. */
export type TransitionKind = 'stay' | Departure['kind'];

/** Writes transitions of one kind, each under the fence of its owner. */
export class TransitionWriting {
  constructor(
    private readonly sql: PostgresJournalStatements,
    private readonly clock: Clock,
  ) {}

  /** Answers in the order of the transitions, which name each execution once. */
  async write(
    query: Query,
    kind: TransitionKind,
    transitions: readonly Transition[],
  ): Promise<TransitionOutcome[]> {
    const rows = await query(...this.statement(kind, transitions));
    const outcomes = transitions.map((): TransitionOutcome => FENCED);
    for (const row of rows) apply(row, outcomes);
    if (kind === 'end' && rows.length < transitions.length) {
      await this.recogniseEnds(query, transitions, outcomes);
    }
    return outcomes;
  }

  private statement(
    kind: TransitionKind,
    transitions: readonly Transition[],
  ): readonly [sql: string, parameters: readonly unknown[]] {
    const offset = this.clock.databaseOffset();
    if ((kind === 'stay' || kind === 'end') && transitions.every(saysOneCheckpoint)) {
      const { many, one, columns } = ONE_CHECKPOINT[kind];
      return transitions.length === 1
        ? [this.sql[one], [offset, ...valuesOf(transitions[0], columns)]]
        : [this.sql[many], [offset, ...paddedColumnsOf(transitions, columns)]];
    }
    return [
      this.sql[kind],
      [
        offset,
        ...paddedColumnsOf(transitions, OWNER),
        ...paddedColumnsOf(placed(transitions, checkpointsIn), PLACED_CHECKPOINT),
        ...paddedColumnsOf(placed(transitions, attemptsIn), PLACED_ATTEMPT),
        ...(kind === 'stay'
          ? []
          : paddedColumnsOf(placed(transitions, departureIn), PLACED_DEPARTURE[kind])),
      ],
    ];
  }

  /** An end whose commit was answered by silence is repeated; it must not look like a lost fence. */
  private async recogniseEnds(
    query: Query,
    transitions: readonly Transition[],
    outcomes: TransitionOutcome[],
  ): Promise<void> {
    const rows = await query(this.sql.findOwnEnds, columnsOf(transitions, OWNER.slice(0, 4)));
    for (const row of rows) apply(row, outcomes);
  }
}

const FENCED = { kind: 'fenced' } as const;

function apply(row: Row, outcomes: TransitionOutcome[]): void {
  outcomes[Number(row['position']) - 1] = { kind: 'applied', at: Number(row['at']) };
}

/** Whether it says nothing but that, and perhaps that it is the last one. */
const saysOneCheckpoint = ({ checkpoints, attempts }: Transition): boolean =>
  checkpoints.length === 1 && attempts.length === 0;

/** Something a transition says, and the position of the transition, from 1. */
interface Placed<T> {
  readonly position: number;
  readonly said: T;
}

function placed<T>(
  transitions: readonly Transition[],
  sayings: (transition: Transition) => readonly T[],
): Placed<T>[] {
  const all: Placed<T>[] = [];
  transitions.forEach((transition, index) => {
    for (const said of sayings(transition)) all.push({ position: index + 1, said });
  });
  return all;
}

const checkpointsIn = ({ checkpoints }: Transition): readonly StepCheckpoint[] => checkpoints;

const attemptsIn = ({ attempts }: Transition): readonly FailedAttempt[] => attempts;

const departureIn = ({ departure }: Transition): readonly Departure[] =>
  departure ? [departure] : [];

const OWNER: readonly Column<Transition>[] = [
  (t) => t.tenantId,
  (t) => t.executionId,
  (t) => t.fence,
  (t) => t.run,
  (t) => t.workerId,
];

const CHECKPOINT: readonly Column<StepCheckpoint>[] = [
  (said) => said.stepId,
  (said) => said.status,
  (said) => said.attempts,
  (said) => said.output,
  (said) => said.errors,
  (said) => said.statusCode,
  (said) => said.reason,
  (said) => said.writes,
  (said) => said.audit,
  (said) => said.usage,
  (said) => said.startedAt,
  (said) => said.finishedAt,
];

const ATTEMPT: readonly Column<FailedAttempt>[] = [
  (said) => said.stepId,
  (said) => said.attempt,
  (said) => said.errors,
  (said) => said.startedAt,
  (said) => said.finishedAt,
  (said) => said.retryDelay,
];

/** The columns of a departure are those of its kind. */
const departing = (...names: readonly string[]): readonly Column<Departure>[] =>
  names.map(
    (name) => (said) =>
      (said as unknown as Readonly<Record<string, string | number | boolean>>)[name],
  );

const DEPARTURE: Readonly<Record<Departure['kind'], readonly Column<Departure>[]>> = {
  end: departing('status', 'output', 'errors', 'statusCode', 'message', 'degraded'),
  park: departing('delay'),
  release: departing('delay'),
  suspend: departing('reason'),
};

/** The columns of what is said apart from its owner. */
const placedColumns = <T>(columns: readonly Column<T>[]): readonly Column<Placed<T>>[] => [
  ({ position }) => position,
  ...columns.map(
    (column): Column<Placed<T>> =>
      ({ said }) =>
        column(said),
  ),
];

const PLACED_CHECKPOINT = placedColumns(CHECKPOINT);
const PLACED_ATTEMPT = placedColumns(ATTEMPT);
const PLACED_DEPARTURE = {
  end: placedColumns(DEPARTURE.end),
  park: placedColumns(DEPARTURE.park),
  release: placedColumns(DEPARTURE.release),
  suspend: placedColumns(DEPARTURE.suspend),
};

const ADVANCE: readonly Column<Transition>[] = [
  ...OWNER,
  ...CHECKPOINT.map(
    (column): Column<Transition> =>
      ({ checkpoints }) =>
        column(checkpoints[0]),
  ),
];

const FINISH: readonly Column<Transition>[] = [
  ...ADVANCE,
  ...DEPARTURE.end.map(
    (column): Column<Transition> =>
      ({ departure }) =>
        departure && column(departure),
  ),
];

/** The statements for transitions that say one checkpoint, for several and for a lone one. */
const ONE_CHECKPOINT = {
  stay: { many: 'advance', one: 'advanceOne', columns: ADVANCE },
  end: { many: 'finish', one: 'finishOne', columns: FINISH },
} as const;
