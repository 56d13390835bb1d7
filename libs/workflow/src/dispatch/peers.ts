import type { Clock } from '../runtime/clock.js';

interface Peer {
  readonly worker: boolean;
  readonly hears: boolean;
  readonly until: number;
}

/** Processes that are remembered by name; with so many, a few more make no difference. */
const MOST_PEERS = 1_000;

/** The other processes of the database, as far as they were heard of lately. */
export class Peers {
  private readonly known = new Map<string, Peer>();

  constructor(
    private readonly clock: Clock,
    /** Milliseconds after which a process that says nothing is forgotten. */
    private readonly memory: number,
  ) {}

  /** Returns whether that is news. */
  noted(id: string, { worker, hears }: { worker: boolean; hears: boolean }): boolean {
    const isNew = !this.known.has(id);
    if (isNew && this.known.size >= MOST_PEERS) return false;
    this.known.set(id, { worker, hears, until: this.clock.monotonic() + this.memory });
    return isNew;
  }

  get any(): boolean {
    this.forgetSilent();
    return this.known.size > 0;
  }

  /** Whether there is one that does not know who waits for what it runs. */
  get anyDeafWorker(): boolean {
    this.forgetSilent();
    return [...this.known.values()].some(({ worker, hears }) => worker && !hears);
  }

  /** Whether there is another one that advances executions. */
  get anyWorker(): boolean {
    return this.workersBeside(undefined) > 0;
  }

  /** How many others may want the work that a process has left. */
  workersBeside(id: string | undefined): number {
    this.forgetSilent();
    let workers = 0;
    for (const [other, { worker }] of this.known) if (worker && other !== id) workers += 1;
    return workers;
  }

  private forgetSilent(): void {
    const now = this.clock.monotonic();
    for (const [id, { until }] of this.known) if (until < now) this.known.delete(id);
  }
}
