import type { Clock } from '../../../runtime/clock.js';

/** Milliseconds that a commit may come after the moment from which its task is due, and be seen at once. */
const LATE_COMMIT = 5_000;

/** A look from the beginning takes at most one part in so many of the time, and comes after a while. */
const PARTS = 10;
const LONGEST_PAUSE = 5_000;

/** A look for due work that is under way. */
export interface Look {
  /** Milliseconds before now at which it begins; null: with the oldest there is. */
  readonly age: number | null;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/**
 * How far back a look for due work has to go. While a long transaction is open, PostgreSQL keeps what
 * the index said of every task that has ended since, and a look from the beginning reads all of it.
 * So after one that took long, looks begin where the last one came to, for ten times as long; what
 * came due unseen before that waits for the next one from the beginning, 5 s at most.
 */
export class LookBack {
  /** Monotonic milliseconds: what was due before then has been seen. */
  private seenUntil = 0;
  /** Monotonic milliseconds of the next look from the beginning. */
  private fromBeginningAt = -Infinity;

  constructor(private readonly clock: Clock) {}

  begin(): Look {
    const since = this.clock.monotonic();
    const age = since < this.fromBeginningAt ? since - this.seenUntil + LATE_COMMIT : null;
    return { age, since };
  }

  /** @param waited milliseconds for which the latest it took had been due; 0 if it took all there was */
  end({ age, since }: Look, waited: number): void {
    this.seenUntil = since - waited;
    if (age !== null) return;
    const now = this.clock.monotonic();
    this.fromBeginningAt = now + Math.min(LONGEST_PAUSE, PARTS * (now - since));
  }

  /** Other work is looked for from now on. */
  forget(): void {
    this.fromBeginningAt = -Infinity;
  }
}
