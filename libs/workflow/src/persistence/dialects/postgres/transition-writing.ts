import type {
  Departure,
  FailedAttempt,
  StepCheckpoint,
  Transition,
  TransitionOutcome,
} from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import type { Query, Row } from '../../store-connection.js';
import { columnsOf, paddedColumnsOf, valuesOf } from './batch-columns.js';
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
    const lone = transitions.length === 1 ? loneCheckpoint(transitions[0]) : undefined;
    if (lone && kind === 'stay') return [this.sql.stayOne, [offset, ...lone]];
    if (lone && kind === 'end') {
      const [departure] = placed(transitions, departureIn);
      return [this.sql.endOne, [offset, ...lone, ...valuesOf(departure, DEPARTURE.end)]];
    }
    return [
      this.sql[kind],
      [
        offset,
        ...paddedColumnsOf(transitions, OWNER),
        ...paddedColumnsOf(placed(transitions, checkpointsIn), CHECKPOINT),
        ...paddedColumnsOf(placed(transitions, attemptsIn), ATTEMPT),
        ...(kind === 'stay'
          ? []
          : paddedColumnsOf(placed(transitions, departureIn), DEPARTURE[kind])),
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

/** Who says it and what, of a transition that says nothing but one checkpoint. */
function loneCheckpoint(transition: Transition): unknown[] | undefined {
  const { checkpoints, attempts } = transition;
  if (attempts.length > 0 || checkpoints.length !== 1) return undefined;
  const said = { position: 1, said: checkpoints[0] };
  return [...valuesOf(transition, OWNER), ...valuesOf(said, CHECKPOINT)];
}

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

type Column<T> = (record: T) => unknown;

const OWNER: readonly Column<Transition>[] = [
  (t) => t.tenantId,
  (t) => t.executionId,
  (t) => t.fence,
  (t) => t.run,
  (t) => t.workerId,
];

const CHECKPOINT: readonly Column<Placed<StepCheckpoint>>[] = [
  ({ position }) => position,
  ({ said }) => said.stepId,
  ({ said }) => said.status,
  ({ said }) => said.attempts,
  ({ said }) => said.output,
  ({ said }) => said.errors,
  ({ said }) => said.statusCode,
  ({ said }) => said.reason,
  ({ said }) => said.writes,
  ({ said }) => said.audit,
  ({ said }) => said.usage,
  ({ said }) => said.startedAt,
  ({ said }) => said.finishedAt,
];

const ATTEMPT: readonly Column<Placed<FailedAttempt>>[] = [
  ({ position }) => position,
  ({ said }) => said.stepId,
  ({ said }) => said.attempt,
  ({ said }) => said.errors,
  ({ said }) => said.startedAt,
  ({ said }) => said.finishedAt,
  ({ said }) => said.retryDelay,
];

/** The columns of a departure are those of its kind. */
const field =
  (name: string): Column<Placed<Departure>> =>
  ({ said }) =>
    (said as unknown as Readonly<Record<string, unknown>>)[name];

const departing = (...names: readonly string[]): readonly Column<Placed<Departure>>[] => [
  ({ position }) => position,
  ...names.map(field),
];

const DEPARTURE: Readonly<Record<Departure['kind'], readonly Column<Placed<Departure>>[]>> = {
  end: departing('status', 'output', 'errors', 'statusCode', 'message', 'degraded'),
  park: departing('delay'),
  release: departing('delay'),
  suspend: departing('reason'),
};
