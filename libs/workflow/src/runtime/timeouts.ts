import type { CancelTimer, Clock } from './clock.js';

interface Timeout {
  /** Monotonic milliseconds. */
  readonly due: number;
  readonly callback: () => void;
}

/** Timeouts of one length come due in the order in which they began: one timer does for all of them. */
class TimeoutLane {
  private readonly pending = new Set<Timeout>();
  private cancelTimer: CancelTimer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly length: number,
  ) {}

  add(callback: () => void): CancelTimer {
    const timeout = { due: this.clock.monotonic() + this.length, callback };
    this.pending.add(timeout);
    if (!this.cancelTimer) this.watch(this.length);
    return () => {
      if (!this.pending.delete(timeout) || this.pending.size > 0) return;
      this.cancelTimer?.();
      this.cancelTimer = undefined;
    };
  }

  get empty(): boolean {
    return this.pending.size === 0;
  }

  private watch(delay: number): void {
    this.cancelTimer = this.clock.schedule(delay, () => {
      this.cancelTimer = undefined;
      this.expire();
    });
  }

  private expire(): void {
    for (const timeout of this.pending) {
      const left = timeout.due - this.clock.monotonic();
      // A timer may come a fraction of a millisecond early, and the longest is shorter than a timeout may be.
      if (left >= 1) {
        this.watch(left);
        return;
      }
      this.pending.delete(timeout);
      timeout.callback();
    }
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
