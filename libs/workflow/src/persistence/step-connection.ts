import type { QueryRunner } from 'typeorm';
import type { Clock } from '../runtime/clock.js';

type QueryMethod = (...given: unknown[]) => Promise<unknown>;

/** Gives up a connection whose answers do not come, so that whoever waits for one hears of it. */
export type Abandon = (runner: QueryRunner, why: Error) => void;

/** Milliseconds for an answer to a statement of ours. */
const LONGEST_ANSWER = 10_000;

/**
 * The connection of one transactional step. What fails on it is told apart from whatever else a
 * step may throw; and a link that has silently died is found by the statements around the step,
 * which are ours: how long the step's own may take is the business of its timeout.
 */
export class StepConnection {
  private readonly faults = new Set<unknown>();
  private lent = false;

  constructor(
    runner: QueryRunner,
    private readonly clock: Clock,
    private readonly abandon: Abandon | undefined,
  ) {
    const query = runner.query.bind(runner) as QueryMethod;
    const watched: QueryMethod = async (...given) => {
      const answered = this.lent ? () => undefined : this.expectAnswer(runner);
      try {
        return await query(...given);
      } catch (error) {
        this.faults.add(error);
        throw error;
      } finally {
        answered();
      }
    };
    runner.query = watched as QueryRunner['query'];
  }

  /** Runs work of the user on the connection. */
  async lend<T>(work: () => Promise<T>): Promise<T> {
    this.lent = true;
    try {
      return await work();
    } finally {
      this.lent = false;
    }
  }

  /** Whether an error is, or was caused by, one of this connection. */
  failedWith(error: unknown): boolean {
    let at = error;
    for (let depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
      if (this.faults.has(at)) return true;
      at = (at as { cause?: unknown }).cause;
    }
    return false;
  }

  private expectAnswer(runner: QueryRunner): () => void {
    const { abandon } = this;
    if (!abandon) return () => undefined;
    return this.clock.schedule(LONGEST_ANSWER, () =>
      abandon(runner, new Error(`Connection terminated: no answer within ${LONGEST_ANSWER} ms.`)),
    );
  }
}
