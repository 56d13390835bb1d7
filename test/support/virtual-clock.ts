import { setImmediate as turn } from 'node:timers/promises';
import { Clock, type CancelTimer } from '@luxgen/workflow';

interface Timer {
  readonly delay: number;
  readonly due: number;
  readonly callback: () => void;
}

/** The longest timer of Node; a clock that allowed more would hide a missing second look. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Time that stands still until it is told to move; the database's clock moves with it. */
export class VirtualClock extends Clock {
  private elapsed = 0;
  private readonly timers = new Set<Timer>();
  private readonly awaited = new Map<number, (() => void)[]>();

  constructor(private readonly origin = Date.now()) {
    super();
  }

  override now(): number {
    return this.origin + this.elapsed;
  }

  override monotonic(): number {
    return this.elapsed;
  }

  override databaseOffset(): number {
    return this.elapsed;
  }

  override schedule(delay: number, callback: () => void): CancelTimer {
    const wait = Math.min(Math.max(0, delay), LONGEST_TIMER);
    const timer = { delay: wait, due: this.elapsed + wait, callback };
    this.timers.add(timer);
    // What is due at once needs no move of the clock, only a turn of the event loop.
    if (wait === 0) setImmediate(() => this.fire(timer));
    for (const resolve of this.awaited.get(wait) ?? []) resolve();
    this.awaited.delete(wait);
    return () => this.timers.delete(timer);
  }

  /** Moves time, and fires what comes due on the way, in order. */
  async advance(milliseconds: number): Promise<void> {
    const target = this.elapsed + milliseconds;
    for (let next = this.next(target); next; next = this.next(target)) {
      this.elapsed = Math.max(this.elapsed, next.due);
      this.fire(next);
      await turn();
    }
    this.elapsed = target;
    await turn();
  }

  /** Resolves when a timer of exactly this delay is pending. */
  timer(delay: number): Promise<void> {
    for (const timer of this.timers) if (timer.delay === delay) return Promise.resolve();
    return new Promise((resolve) => {
      this.awaited.set(delay, [...(this.awaited.get(delay) ?? []), resolve]);
    });
  }

  /** Delays of the timers that are pending, in the order in which they were set. */
  get pending(): readonly number[] {
    return [...this.timers].map(({ delay }) => delay);
  }

  /** The first timer that is due by then; of several at one moment, the one that was set first. */
  private next(by: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.due <= by && (!first || timer.due < first.due)) first = timer;
    }
    return first;
  }

  private fire(timer: Timer): void {
    if (this.timers.delete(timer)) timer.callback();
  }
}
