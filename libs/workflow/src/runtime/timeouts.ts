import type { CancelTimer, Clock } from './clock.js';

/** One of those that are pending. */
class Timeout {
  previous: Timeout | undefined;
  next: Timeout | undefined;
  pending = true;

  constructor(
    /** Monotonic milliseconds. */
    readonly due: number,
    readonly callback: () => void,
  ) {}
}

/**
 * Timeouts of one length come due in the order in which they began: one timer does for all of them.
 * They are a list of their own, whose links end with them: tens of thousands come and go in a second,
 * and what the tables of a Set leave behind would keep all they refer to.
 */
class TimeoutLane {
  private first: Timeout | undefined;
  private last: Timeout | undefined;
  private cancelTimer: CancelTimer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly length: number,
  ) {}

  add(callback: () => void): CancelTimer {
    const timeout = new Timeout(this.clock.monotonic() + this.length, callback);
    this.append(timeout);
    if (!this.cancelTimer) this.watch(this.length);
    return () => {
      if (!timeout.pending) return;
      this.remove(timeout);
      if (!this.empty) return;
      this.cancelTimer?.();
      this.cancelTimer = undefined;
    };
  }

  get empty(): boolean {
    return this.first === undefined;
  }

  private watch(delay: number): void {
    this.cancelTimer = this.clock.schedule(delay, () => this.expire());
  }

  private expire(): void {
    try {
      // A timer may come a fraction of a millisecond early, and the longest is shorter than a timeout may be.
      for (let next = this.first; next && this.timeLeft(next) < 1; next = this.first) {
        this.remove(next);
        next.callback();
      }
    } finally {
      // What began meanwhile, after a cancellation, may have set a timer: two would never be one again.
      this.cancelTimer?.();
      this.cancelTimer = undefined;
      if (this.first) this.watch(this.timeLeft(this.first));
    }
  }

  private timeLeft({ due }: Timeout): number {
    return due - this.clock.monotonic();
  }

  private append(timeout: Timeout): void {
    timeout.previous = this.last;
    if (this.last) this.last.next = timeout;
    else this.first = timeout;
    this.last = timeout;
  }

  private remove(timeout: Timeout): void {
    const { previous, next } = timeout;
    if (previous) previous.next = next;
    else this.first = next;
    if (next) next.previous = previous;
    else this.last = previous;
    timeout.previous = undefined;
    timeout.next = undefined;
    timeout.pending = false;
  }
}

/** Lengths for which a lane is kept although nothing of it is pending. */
const MOST_IDLE_LANES = 64;

/** Timers for what nearly always ends in time: thousands of them cost one timer for each length. */
export class Timeouts {
  private readonly lanes = new Map<number, TimeoutLane>();

  constructor(private readonly clock: Clock) {}

  /** Calls back once, `delay` milliseconds from now, unless it is cancelled. */
  schedule(delay: number, callback: () => void): CancelTimer {
    return (this.lanes.get(delay) ?? this.open(delay)).add(callback);
  }

  private open(delay: number): TimeoutLane {
    if (this.lanes.size >= MOST_IDLE_LANES) {
      for (const [length, lane] of this.lanes) if (lane.empty) this.lanes.delete(length);
    }
    const lane = new TimeoutLane(this.clock, delay);
    this.lanes.set(delay, lane);
    return lane;
  }
}
