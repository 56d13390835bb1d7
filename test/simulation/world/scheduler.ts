import { drainMicrotasks } from './microtasks.js';

/** What happens at one moment. */
interface Event {
  readonly at: number;
  readonly sequence: number;
  work: (() => void) | undefined;
}

/** Takes an event back; harmless once it has happened. */
export type CancelEvent = () => void;

/**
 * Virtual time: one event after the other, each with everything that follows from it at once. Of
 * several at one moment, the one that was planned first.
 */
export class Scheduler {
  private readonly heap: Event[] = [];
  private sequence = 0;
  private time = 0;

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.time;
  }

  /** Events so far. */
  happened = 0;

  after(delay: number, work: () => void): CancelEvent {
    const event: Event = { at: this.time + Math.max(0, delay), sequence: this.sequence, work };
    this.sequence += 1;
    this.push(event);
    return () => {
      event.work = undefined;
    };
  }

  /** Lets the next event happen. False when there is none. */
  step(): boolean {
    for (let event = this.pop(); event; event = this.pop()) {
      const { work } = event;
      if (!work) continue;
      this.time = event.at;
      this.happened += 1;
      work();
      drainMicrotasks();
      return true;
    }
    return false;
  }

  private push(event: Event): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (!parent || !isBefore(event, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = event;
  }

  private pop(): Event | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (!left) break;
      const goesRight = right !== undefined && isBefore(right, left);
      const child = goesRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = 2 * index + (goesRight ? 2 : 1);
    }
    heap[index] = last;
    return first;
  }
}

const isBefore = (a: Event, b: Event): boolean =>
  a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
