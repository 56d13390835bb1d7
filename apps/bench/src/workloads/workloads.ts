import type { Store } from '../databases/database.js';
import type { Figure } from '../measuring/figures.js';
import type { Bound } from '../measuring/verdict.js';

/** A subject beside another one. */
export interface RatioPlan {
  readonly subject: string;
  /** Of a floor that has variants, the best counts. */
  readonly reference: string;
  readonly figure: Figure;
  /** By store; without one the ratio is only told, and needs no control. */
  readonly bound?: Readonly<Record<Store, Bound>>;
}

/** A subject for itself. */
export interface FigurePlan {
  readonly figure: Figure;
  readonly bound: Bound;
  readonly stores?: readonly Store[];
}

export interface Workload {
  readonly id: string;
  readonly title: string;
  readonly subject: string;
  /** All stores if absent. */
  readonly stores?: readonly Store[];
  readonly ratios: readonly RatioPlan[];
  readonly figures: readonly FigurePlan[];
}

const inBoth = (bound: Bound): Record<Store, Bound> => ({ postgres: bound, sqlite: bound });

/** What is measured, what it is compared with, and what must hold. */
export const WORKLOADS: readonly Workload[] = [
  {
    id: 'W1',
    title: 'three sequential steps, 50 executions in flight',
    subject: 'W1',
    ratios: [
      {
        subject: 'W1',
        reference: 'batched',
        figure: 'executionsPerSecond',
        bound: {
          postgres: { at: 'least', value: 0.5 },
          sqlite: { at: 'least', value: 0.4 },
        },
      },
      { subject: 'W1', reference: 'unbatched', figure: 'executionsPerSecond' },
      { subject: 'W1', reference: 'call chain', figure: 'executionsPerSecond' },
    ],
    figures: [
      {
        figure: 'statementsPerExecution',
        bound: { at: 'most', value: 1 },
        stores: ['postgres'],
      },
    ],
  },
  {
    id: 'W2',
    title: 'one step, ten in parallel, one join',
    subject: 'W2',
    ratios: [
      {
        subject: 'W2',
        reference: 'W1',
        figure: 'millisecondsPerExecution',
        // Thrice W1 is far from any ratio that noise brings about: it would let any control pass.
        bound: inBoth({ at: 'most', value: 3, margin: 0.25 }),
      },
    ],
    figures: [],
  },
  {
    id: 'W3',
    title: 'W1, one execution after the other',
    subject: 'W3',
    ratios: [
      {
        subject: 'W3',
        reference: 'four commits',
        figure: 'p50',
        bound: inBoth({ at: 'most', value: 1.5 }),
      },
      // What of it is the rows themselves, with their keys and fences.
      { subject: 'W3', reference: 'four transitions', figure: 'p50' },
      { subject: 'four transitions', reference: 'four commits', figure: 'p50' },
    ],
    figures: [],
  },
  {
    id: 'W4',
    title: 'a backlog of 5,000 executions, drained by one process',
    subject: 'W4',
    ratios: [],
    figures: [{ figure: 'milliseconds', bound: { at: 'most', value: 2_000 } }],
  },
  {
    id: 'W5',
    title: 'W1 with 100,000 finished executions in the store',
    subject: 'W5',
    ratios: [
      {
        subject: 'W5',
        reference: 'W1, short runs',
        figure: 'executionsPerSecond',
        bound: inBoth({ at: 'least', value: 0.9 }),
      },
    ],
    figures: [],
  },
  {
    id: 'W6',
    title: 'W1 with transactional steps, each of which writes a row that the floor does not',
    subject: 'W6',
    ratios: [{ subject: 'W6', reference: 'unbatched', figure: 'executionsPerSecond' }],
    figures: [],
  },
  {
    id: 'W7',
    title: 'started in one process, awaited in another',
    subject: 'W7',
    stores: ['postgres'],
    ratios: [],
    figures: [{ figure: 'p99', bound: { at: 'most', value: 50 } }],
  },
  {
    id: 'idle',
    title: 'a process that has nothing to do',
    subject: 'idle',
    ratios: [],
    figures: [{ figure: 'statementsPerSecond', bound: { at: 'most', value: 2 } }],
  },
];

export const runsOn = ({ stores }: Workload, store: Store): boolean =>
  stores?.includes(store) ?? true;
