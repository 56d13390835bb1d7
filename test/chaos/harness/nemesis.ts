import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../support/seeded-random.js';
import type { Backlog } from './backlog.js';
import type { FaultKind, FaultMix } from './options.js';

/** Does one fault. Resolves when the next may come; to false when there was nothing to strike. */
export type Fault = () => Promise<void | boolean>;

/** Faults in a row that struck nothing, after which there will be no more to strike. */
const MOST_MISSES = 5;

/** Commits faults at random moments, and no more than it was told. */
export class Nemesis {
  readonly committed: Partial<Record<FaultKind, number>> = {};
  private done = 0;
  private misses = 0;
  private begunAt = 0;

  constructor(
    private readonly faults: Readonly<Partial<Record<FaultKind, Fault>>>,
    private readonly mix: FaultMix,
    private readonly random: SeededRandom,
    private readonly total: number,
    /** Milliseconds between two, on average; it takes longer when a fault has to wait. */
    private readonly gap: number,
    private readonly backlog: Backlog,
    /** Resolves when there is somebody who can be lost: who is slow to come back has to live, too. */
    private readonly somebody: () => Promise<void>,
  ) {}

  /** Milliseconds it will probably take from now. */
  get timeLeft(): number {
    const seen = this.done < 3 ? this.gap : (Date.now() - this.begunAt) / this.done;
    return (this.total - this.done) * Math.max(seen, this.gap);
  }

  async rage(): Promise<void> {
    this.begunAt = Date.now();
    while (this.done < this.total && this.misses < MOST_MISSES) {
      await this.somebody();
      await pause((0.5 + this.random.next()) * this.gap);
      await this.backlog.bearable();
      const kind = this.choose();
      if ((await this.faults[kind]?.()) === false) {
        this.misses += 1;
        continue;
      }
      this.misses = 0;
      this.committed[kind] = (this.committed[kind] ?? 0) + 1;
      this.done += 1;
    }
  }

  private choose(): FaultKind {
    const kinds = Object.entries(this.mix) as [FaultKind, number][];
    const sum = kinds.reduce((total, [, weight]) => total + weight, 0);
    let left = this.random.next() * sum;
    for (const [kind, weight] of kinds) {
      left -= weight;
      if (left < 0) return kind;
    }
    return (kinds.at(-1) as [FaultKind, number])[0];
  }
}
