import { backoff, type BackoffRange } from '../runtime/backoff.js';
import type { Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import { isTransient } from './transient-faults.js';

const PAUSES: BackoffRange = { shortest: 50, longest: 2_000 };

/** Repeats what a fault of the moment has prevented. */
export class Patience {
  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /**
   * @param limit milliseconds from the first failure on
   * @param work told how often it has failed already: an earlier try may have committed, although
   *   its answer was an error
   * @throws the last fault, or at once what would fail again
   */
  async during<T>(
    limit: number,
    work: (failures: number) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    let until = Infinity;
    for (let failures = 0; ;) {
      try {
        return await work(failures);
      } catch (error) {
        failures += 1;
        if (failures === 1) until = this.clock.monotonic() + limit;
        const pause = backoff(failures, PAUSES, this.random);
        const over = this.clock.monotonic() + pause > until;
        if (over || signal?.aborted || !isTransient(error)) throw error;
        await this.pause(pause, signal);
        if (signal?.aborted) throw error;
      }
    }
  }

  private pause(delay: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.clock.schedule(delay, end);
      signal?.addEventListener('abort', end);
    });
  }
}
