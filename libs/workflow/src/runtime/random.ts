/**
 * The only source of randomness. Tests give a seeded one.
 *
 * @publicApi
 */
export abstract class Random {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  abstract next(): number;
}

/** The engine's own generator. */
export class SystemRandom extends Random {
  next(): number {
    return Math.random();
  }
}
