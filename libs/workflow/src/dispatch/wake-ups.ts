import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';

/** Milliseconds between two looks for work, where the first found nothing. */
const WINDOW = 50;

/** Milliseconds by which the looks are spread for each process that may look too. */
const SPREAD = 5;

/** What looks for work when told to. */
export interface Wakeable {
  workAvailable(): void;
  /** Monotonic milliseconds at which it last looked and found nothing. */
  readonly foundNothingAt: number;
}

/**
 * Wakes a worker for work that other processes have left. However often it is told: a look that
 * finds nothing is the last one in its window. Many workers do not look at the same moment.
 */
export class WakeUps {
  private pending: CancelTimer | undefined;

  constructor(
    private readonly worker: Wakeable,
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** @param competitors how many other workers were told too */
  workHeard(competitors: number): void {
    if (this.pending) return;
    const spread = Math.min(WINDOW, competitors * SPREAD) * this.random.next();
    const next = this.worker.foundNothingAt + WINDOW - this.clock.monotonic();
    const delay = Math.max(spread, next);
    if (delay <= 0) {
      this.worker.workAvailable();
      return;
    }
    this.pending = this.clock.schedule(delay, () => {
      this.pending = undefined;
      this.worker.workAvailable();
    });
  }

  stop(): void {
    this.pending?.();
  }
}
