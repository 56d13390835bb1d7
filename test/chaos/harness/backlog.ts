import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two looks. */
const LOOK = 200;

/** Milliseconds that anybody waits for a backlog to go. */
const PATIENCE = 30_000;

/** What is begun and has not ended. A machine that becomes slow under a run must not become its subject. */
export class Backlog {
  /** More than this measures the backlog instead of the recovery. */
  largest = Infinity;
  private size = 0;
  private watching = false;

  /** @param count executions that have not ended; undefined when nobody can tell now */
  constructor(private readonly count: () => Promise<number | undefined>) {}

  async watch(): Promise<void> {
    this.watching = true;
    while (this.watching) {
      this.size = (await this.count().catch(() => undefined)) ?? 0;
      await pause(LOOK);
    }
  }

  stop(): void {
    this.watching = false;
  }

  /** Resolves when there is no more than there should be. */
  async bearable(): Promise<void> {
    const until = Date.now() + PATIENCE;
    while (this.size > this.largest && Date.now() < until) await pause(LOOK);
  }
}
