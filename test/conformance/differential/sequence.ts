import * as fc from 'fast-check';
import { anyMove, beginning, commonMove, type Move } from './moves.js';
import { UNIT } from './playing.js';

/** What a seed stands for. */
export interface Sequence {
  /**
   * `common` moves have the same answer however owners are kept apart: all stores can be compared
   * with each other. Otherwise each store is compared with the model of its own kind.
   */
  readonly kind: 'common' | 'any';
  /** Milliseconds, where there are leases. */
  readonly lease: number;
  readonly moves: readonly Move[];
}

const FEWEST = 8;
const MOST = 40;

const movesOf = (move: fc.Arbitrary<Move>): fc.Arbitrary<readonly Move[]> =>
  fc
    .tuple(beginning, fc.array(move, { minLength: FEWEST, maxLength: MOST, size: 'max' }))
    .map(([first, others]) => [first, ...others]);

const sequence: fc.Arbitrary<Sequence> = fc.noBias(
  fc.oneof(
    fc.record({
      kind: fc.constant('common' as const),
      lease: fc.constant(10_000 * UNIT),
      moves: movesOf(commonMove),
    }),
    fc.record({
      kind: fc.constant('any' as const),
      lease: fc.constantFrom(2, 4, 4, 12).map((units) => units * UNIT),
      moves: movesOf(anyMove),
    }),
  ),
);

/** Always the same for the same seed. */
export function sequenceOf(seed: number): Sequence {
  const [drawn] = fc.sample(sequence, { seed, numRuns: 1 });
  if (!drawn) throw new Error(`The seed ${seed} stands for nothing.`);
  return drawn;
}
