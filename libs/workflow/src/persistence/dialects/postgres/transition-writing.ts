import type {
  Departure,
  FailedAttempt,
  StepCheckpoint,
  Transition,
  TransitionOutcome,
} from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import type { Query, Row } from '../../store-connection.js';
import {
  columnsOf,
  fitLines,
  inArray,
  inLines,
  paddedColumnsOf,
  valuesOf,
  within,
  type Column,
} from './batch-columns.js';
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
      if (transitions.length === 1) {
        return [this.sql[one], [offset, ...valuesOf(transitions[0], columns)]];
      }
      if (fitLines(transitions, columns)) {
        return [this.sql[many], [offset, ...paddedColumnsOf(transitions, columns)]];
      }
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
  inArray((t) => t.tenantId),
  inArray((t) => t.executionId),
  inArray((t) => t.fence),
  inArray((t) => t.run),
  inArray((t) => t.workerId),
];

const CHECKPOINT: readonly Column<StepCheckpoint>[] = [
  inArray((said) => said.stepId),
  inArray((said) => said.status),
  inArray((said) => said.attempts),
  inLines((said) => said.output),
  inLines((said) => said.errors),
  inArray((said) => said.statusCode),
  inArray((said) => said.reason),
  inLines((said) => said.writes),
  inLines((said) => said.audit),
  inLines((said) => said.usage),
  inArray((said) => said.startedAt),
  inArray((said) => said.finishedAt),
];

const ATTEMPT: readonly Column<FailedAttempt>[] = [
  inArray((said) => said.stepId),
  inArray((said) => said.attempt),
  inArray((said) => said.errors),
  inArray((said) => said.startedAt),
  inArray((said) => said.finishedAt),
  inArray((said) => said.retryDelay),
];

type Departing<K extends Departure['kind']> = Extract<Departure, { kind: K }>;

const END: readonly Column<Departing<'end'>>[] = [
  inArray((said) => said.status),
  inLines((said) => said.output),
  inLines((said) => said.errors),
  inArray((said) => said.statusCode),
  inArray((said) => said.message),
  inArray((said) => said.degraded),
];

/** What a departure says by its kind; a batch has one kind of them. */
const departing = <K extends Departure['kind']>(
  kind: K,
  columns: readonly Column<Departing<K>>[],
): readonly Column<Departure>[] =>
  columns.map((column) =>
    within(
      (departure) => (departure.kind === kind ? (departure as Departing<K>) : undefined),
      column,
    ),
  );

const DEPARTURE: Readonly<Record<Departure['kind'], readonly Column<Departure>[]>> = {
  end: departing('end', END),
  park: departing('park', [inArray((said) => said.delay)]),
  release: departing('release', [inArray((said) => said.delay)]),
  suspend: departing('suspend', [inArray((said) => said.reason)]),
};

/** The columns of what is said apart from its owner, whatever is in them. */
const placedColumns = <T>(columns: readonly Column<T>[]): readonly Column<Placed<T>>[] => [
  inArray(({ position }) => position),
  ...columns.map(({ valueIn }) => inArray(({ said }: Placed<T>) => valueIn(said))),
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
  ...CHECKPOINT.map((column) => within(({ checkpoints }: Transition) => checkpoints[0], column)),
];

const FINISH: readonly Column<Transition>[] = [
  ...ADVANCE,
  ...DEPARTURE.end.map((column) => within(({ departure }: Transition) => departure, column)),
];

/** The statements for transitions that say one checkpoint, for several and for a lone one. */
const ONE_CHECKPOINT = {
  stay: { many: 'advance', one: 'advanceOne', columns: ADVANCE },
  end: { many: 'finish', one: 'finishOne', columns: FINISH },
} as const;
