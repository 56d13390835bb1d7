import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { TaskQueue } from './task-queue.port.js';

/** Milliseconds between two questions while something is due that nobody has taken; doubled each time. */
const SHORTEST_PAUSE = 50;

/** Milliseconds by which the workers that see the same moment come apart. */
const SPREAD = 25;

/** What takes work when told that there is some. */
export interface Worker {
  workAvailable(): void;
  workDueIn(delay: number): void;
}

/** Both in milliseconds. */
export interface WatchTimes {
  readonly pollInterval: number;
  readonly lease: number;
}

/**
 * Sees what will come due, above all the leases of workers that died, before it does, so that nobody
 * waits for a poll on top of a lease. What it cannot see, or fails to ask, the poll still finds.
 */
export class DueWatch {
  private cancel: CancelTimer = () => undefined;
  private stopped = false;
  /** Questions in a row that were answered by something overdue. */
  private overdue = 0;
  /** Milliseconds it looks ahead: what a living worker holds is due later than that. */
  private readonly horizon: number;

  constructor(
    private readonly queue: TaskQueue,
    private readonly worker: Worker,
    private readonly capabilities: () => readonly string[],
    private readonly clock: Clock,
    private readonly random: Random,
    { pollInterval, lease }: WatchTimes,
  ) {
    // Beyond a poll, so that an idle worker asks less than twice a second in all.
    this.horizon = Math.min(2 * pollInterval, lease / 2);
  }

  start(): void {
    this.askIn(this.horizon * this.random.next());
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private askIn(delay: number): void {
    if (this.stopped) return;
    this.cancel = this.clock.schedule(delay, () => {
      // Without an answer the dispatcher's own look will say so, which asks the same database.
      this.ask().then(
        (pause) => this.askIn(pause),
        () => this.askIn(this.horizon),
      );
    });
  }

  /** Answers in how many milliseconds to ask again. */
  private async ask(): Promise<number> {
    const dueIn = await this.queue.dueWithin(this.horizon, this.capabilities());
    this.overdue = dueIn === 0 ? this.overdue + 1 : 0;
    // Less than the horizon, so that it sees every moment before it has come.
    if (dueIn === undefined) return this.horizon * (0.75 + this.random.next() / 4);
    if (dueIn === 0) {
      this.worker.workAvailable();
      return Math.min(this.horizon, SHORTEST_PAUSE * 2 ** (this.overdue - 1));
    }
    const wait = dueIn + SPREAD * this.random.next();
    this.worker.workDueIn(wait);
    return wait + SHORTEST_PAUSE;
  }
}
