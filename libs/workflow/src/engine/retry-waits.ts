import type { CheckedStep } from '../definition/checked-workflow.js';
import type { CancelTimer, Clock } from '../runtime/clock.js';

interface Wait {
  /** Monotonic milliseconds. */
  readonly dueAt: number;
  readonly cancel: CancelTimer;
}

/** The steps of one execution that wait for their next attempt, and those whose wait is over. */
export class RetryWaits {
  private readonly waiting = new Map<CheckedStep, Wait>();
  private readonly due: CheckedStep[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly onDue: () => void,
  ) {}

  get size(): number {
    return this.waiting.size + this.due.length;
  }

  has(step: CheckedStep): boolean {
    return this.waiting.has(step) || this.due.includes(step);
  }

  add(step: CheckedStep, delay: number): void {
    this.waitUntil(step, this.clock.monotonic() + delay);
  }

  takeDue(limit: number): CheckedStep[] {
    return this.due.splice(0, Math.max(0, limit));
  }

  /** Milliseconds until the first wait is over; 0 when one is. */
  shortest(): number {
    if (this.due.length > 0) return 0;
    const now = this.clock.monotonic();
    let shortest = Infinity;
    for (const { dueAt } of this.waiting.values()) shortest = Math.min(shortest, dueAt - now);
    return Math.max(0, shortest);
  }

  /** Forgets all waits and says whose they were. */
  clear(): CheckedStep[] {
    if (this.size === 0) return [];
    const steps = [...this.waiting.keys(), ...this.due];
    for (const { cancel } of this.waiting.values()) cancel();
    this.waiting.clear();
    this.due.length = 0;
    return steps;
  }

  private waitUntil(step: CheckedStep, dueAt: number): void {
    const left = dueAt - this.clock.monotonic();
    const cancel = this.clock.schedule(left, () => {
      // A timer has a longest time; a wait beyond it takes another.
      if (dueAt > this.clock.monotonic() + 1) {
        this.waitUntil(step, dueAt);
        return;
      }
      this.waiting.delete(step);
      this.due.push(step);
      this.onDue();
    });
    this.waiting.set(step, { dueAt, cancel });
  }
}
