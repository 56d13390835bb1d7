import { Random } from '../../../libs/workflow/src/runtime/random.js';
import { SeededRandom } from '../../chaos/support/seeded-random.js';

/** Chance that a seed repeats. */
export class Chance extends Random {
  private readonly source: SeededRandom;

  constructor(seed: number) {
    super();
    this.source = new SeededRandom(seed);
    // Neighbouring seeds begin alike.
    for (let i = 0; i < 3; i += 1) this.source.next();
  }

  override next(): number {
    return this.source.next();
  }

  /** Costs no draw when it cannot happen. */
  happens(probability: number): boolean {
    return probability > 0 && this.source.next() < probability;
  }

  /** From `low` (inclusive) to `high` (exclusive). */
  between(low: number, high: number): number {
    return low + this.source.next() * (high - low);
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.source.next() * limit);
  }

  oneOf<const T extends readonly [unknown, ...unknown[]] | readonly unknown[]>(
    values: T,
  ): T[number] {
    return values[this.below(values.length)];
  }
}
