import type { EngineLog } from '../engine/engine.port.js';
import type { ExecutionEngine } from '../engine/execution-engine.js';
import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';
import type { CompletionBoard } from './completion-board.js';
import type { ExecutionStore } from './execution-store.port.js';

/** Executions one look asks for at most. */
const MOST_QUESTIONS = 50;

/** Looks for the ends of executions that are awaited here and run by another process. */
export class ResultPoll {
  private cancel: CancelTimer = () => undefined;
  private stopped = false;

  constructor(
    private readonly store: ExecutionStore,
    private readonly board: CompletionBoard,
    private readonly engine: ExecutionEngine,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly log: EngineLog,
    /** Milliseconds. */
    private readonly interval: number,
  ) {}

  start(): void {
    // Spread, so that processes that were started together do not ask together.
    const delay = this.interval * (0.75 + this.random.next() / 2);
    this.cancel = this.clock.schedule(delay, () => {
      void this.look().finally(() => {
        if (!this.stopped) this.start();
      });
    });
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private async look(): Promise<void> {
    const elsewhere = this.board
      .awaited()
      .filter((key) => !this.engine.runningSteps(key))
      .slice(0, MOST_QUESTIONS);
    try {
      for (const key of elsewhere) {
        const snapshot = await this.store.find(key);
        if (snapshot?.finishedAt !== undefined) this.board.announce(snapshot);
        // Whoever is still awaited is asked for after the others next time.
        else this.board.postpone(key);
      }
    } catch (cause) {
      this.log.warn({
        code: 'STORE_UNAVAILABLE',
        message: 'Results of other processes cannot be read.',
        cause,
      });
    }
  }
}
