import * as fc from 'fast-check';
import type { ExecutionStatus } from '../../../libs/workflow/src/result/workflow-result.js';

/** An execution to start: one of a few, so that moves meet. */
export interface Start {
  readonly tenant: 0 | 1;
  readonly number: number;
}

/** Which execution a move is about: the n-th of those that are in a state when it is made. */
export interface Subject {
  readonly among: 'running' | 'failed' | 'all';
  readonly nth: number;
}

/** Whose name a move goes by: that of the owner, or of somebody who is not. */
export type Aim = 'owner' | 'before' | 'after' | 'another run' | 'another worker';

export type Leaving = 'end' | 'fail' | 'park' | 'release' | 'suspend' | undefined;

/** A record of a batch. */
export type Entry =
  | { readonly kind: 'create'; readonly start: Start }
  | {
      readonly kind: 'transition';
      readonly subject: Subject;
      readonly aim: Aim;
      readonly attempts: readonly number[];
      readonly steps: readonly string[];
      readonly leaving: Leaving;
      /** In units of time. */
      readonly delay: number;
    };

/** Something that is done to a store. */
export type Move =
  | { readonly kind: 'flush'; readonly batch: readonly Entry[] }
  | {
      readonly kind: 'claim';
      readonly worker: 0 | 1;
      /** How many moments at which something became due it reaches into. */
      readonly moments: number;
      readonly capabilities: readonly number[];
    }
  | { readonly kind: 'cancel' | 'retry' | 'find'; readonly subject: Subject }
  | {
      readonly kind: 'foresee';
      /** In units of time. */
      readonly units: number;
      readonly capabilities: readonly number[];
    }
  | { readonly kind: 'find-ended'; readonly subjects: readonly Subject[] }
  | {
      readonly kind: 'transaction';
      readonly subject: Subject;
      readonly aim: Aim;
      readonly step: string;
      readonly verdict: 'commit' | 'end' | 'roll-back' | 'throw';
    }
  | {
      readonly kind: 'list';
      readonly tenant: 0 | 1;
      readonly status: ExecutionStatus | undefined;
      readonly workflow: number | undefined;
      readonly after: number | undefined;
      /** In units of time from the beginning. */
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly limit: number;
    }
  | { readonly kind: 'count'; readonly tenant: 0 | 1 | undefined }
  | { readonly kind: 'match'; readonly capabilities: readonly number[] }
  | { readonly kind: 'wait'; readonly units: number }
  | { readonly kind: 'extend'; readonly worker: 0 | 1; readonly aims: readonly Aim[] }
  | {
      readonly kind: 'isolate';
      readonly subject: Subject;
      readonly aim: Aim;
      readonly worker: 0 | 1;
    }
  | { readonly kind: 'recover' };

const tenant = fc.constantFrom(0 as const, 1 as const);
const start = fc.record({ tenant, number: fc.nat(5) });
const subject = (among: readonly Subject['among'][]): fc.Arbitrary<Subject> =>
  fc.record({ among: fc.constantFrom(...among), nth: fc.nat(11) });
const runningMostly = subject(['running', 'running', 'running', 'running', 'all']);
const step = fc.constantFrom('a', 'b', 'c');
const worker = fc.constantFrom(0 as const, 1 as const);
const aim: fc.Arbitrary<Aim> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Aim>('owner') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Aim[]>('before', 'after', 'another run', 'another worker'),
  },
);
const perhaps = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

const create = fc.record({ kind: fc.constant('create' as const), start });
const transition = fc.record({
  kind: fc.constant('transition' as const),
  subject: runningMostly,
  aim,
  attempts: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
  steps: fc.array(step, { maxLength: 2 }),
  leaving: fc.constantFrom<Leaving[]>(
    undefined,
    undefined,
    'end',
    'fail',
    'fail',
    'park',
    'release',
    'suspend',
  ),
  delay: fc.nat(3),
});

const flush = fc.record({
  kind: fc.constant('flush' as const),
  batch: fc.array(fc.oneof(create, transition, transition), { minLength: 1, maxLength: 5 }),
});
/** A few executions to begin with. */
export const beginning: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('flush' as const),
  batch: fc.array(create, { minLength: 4, maxLength: 8 }),
});
const claim = fc.record({
  kind: fc.constant('claim' as const),
  worker,
  moments: fc.integer({ min: 1, max: 3 }),
  capabilities: fc.constantFrom([0, 1], [0, 1], [0], [1]),
});
const cancel = fc.record({
  kind: fc.constant('cancel' as const),
  subject: subject(['running', 'all', 'all']),
});
const retry = fc.record({
  kind: fc.constant('retry' as const),
  subject: subject(['failed', 'failed', 'failed', 'all']),
});
const transaction = fc.record({
  kind: fc.constant('transaction' as const),
  subject: runningMostly,
  aim,
  step,
  verdict: fc.constantFrom('commit' as const, 'commit', 'end', 'roll-back', 'throw'),
});
const find = fc.record({ kind: fc.constant('find' as const), subject: subject(['all']) });
const foresee = fc.record({
  kind: fc.constant('foresee' as const),
  units: fc.nat(6),
  capabilities: fc.constantFrom([0, 1], [0], [1], []),
});
const findEnded = fc.record({
  kind: fc.constant('find-ended' as const),
  subjects: fc.array(subject(['all', 'failed']), { minLength: 1, maxLength: 4 }),
});
const list = fc.record({
  kind: fc.constant('list' as const),
  tenant,
  status: perhaps(
    fc.constantFrom<ExecutionStatus[]>(
      'pending',
      'running',
      'waiting',
      'suspended',
      'completed',
      'failed',
      'cancelled',
    ),
  ),
  workflow: perhaps(fc.nat(1)),
  after: perhaps(fc.nat(5)),
  from: perhaps(fc.nat(15)),
  to: perhaps(fc.nat(25)),
  limit: fc.integer({ min: 1, max: 6 }),
});
const count = fc.record({ kind: fc.constant('count' as const), tenant: perhaps(tenant) });
const wait = fc.record({
  kind: fc.constant('wait' as const),
  units: fc.integer({ min: 1, max: 6 }),
});

const resume = fc.constant<Move>({ kind: 'match', capabilities: [0, 1] });
const match = fc.record({
  kind: fc.constant('match' as const),
  capabilities: fc.constantFrom([0, 1], [0], [1], []),
});
const extend = fc.record({
  kind: fc.constant('extend' as const),
  worker,
  aims: fc.array(aim, { minLength: 1, maxLength: 4 }),
});
const isolate = fc.record({
  kind: fc.constant('isolate' as const),
  subject: runningMostly,
  aim,
  worker,
});
const recover = fc.constant<Move>({ kind: 'recover' });

const weighted = (
  ...choices: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Move>])[]
): fc.Arbitrary<Move> => fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const COMMON = [
  [8, flush],
  [5, claim],
  [1, cancel],
  [2, retry],
  [2, transaction],
  [1, find],
  [1, findEnded],
  [1, list],
  [1, count],
  [1, isolate],
  [1, wait],
] as const;

/** Moves that have the same answer however owners are kept apart. */
export const commonMove = weighted(...COMMON, [1, resume]);

/** Every move there is. */
export const anyMove = weighted(...COMMON, [1, match], [1, foresee], [2, extend], [1, recover]);
