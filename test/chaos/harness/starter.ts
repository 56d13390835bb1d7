import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../support/seeded-random.js';
import type { Backlog } from './backlog.js';
import type { Fleet } from './fleet.js';
import { Unanswered } from './worker-life.js';
import { TENANTS, WORKFLOWS } from './worker/protocol.js';

/** One in so many has a step that fails once. */
const FRAGILE = 7;

/** A start whose answer was lost is repeated under its key that often; the others are let go. */
const INSISTENCE = 0.5;

/** Starts executions, and remembers which of them it was promised. */
export class Starter {
  /** Ids by tenant and key. */
  readonly acknowledged = new Map<string, string>();
  private readonly open = new Set<Promise<void>>();
  private begun = 0;

  constructor(
    private readonly fleet: Fleet,
    private readonly random: SeededRandom,
    private readonly total: number,
    private readonly backlog: Backlog,
  ) {}

  get left(): number {
    return this.total - this.begun;
  }

  /** Starts so many at once. */
  async burst(size: number): Promise<void> {
    for (let started = 0; started < size && this.left > 0; started += 1) this.begin();
    await this.settled();
  }

  /** Starts all that are left, `rate()` of them in a second. */
  async spread(rate: () => number): Promise<void> {
    while (this.left > 0) {
      await this.backlog.bearable();
      this.begin();
      await pause(((0.5 + this.random.next()) * 1_000) / rate());
    }
  }

  /** Resolves when every start has its answer, or will have none. */
  async settled(): Promise<void> {
    while (this.open.size > 0) await Promise.all(this.open);
  }

  private begin(): void {
    this.begun += 1;
    const start = this.start(this.begun).finally(() => this.open.delete(start));
    this.open.add(start);
  }

  private async start(number: number): Promise<void> {
    const tenant = TENANTS[number % TENANTS.length] as string;
    const workflow = WORKFLOWS[(number >> 1) % WORKFLOWS.length] as string;
    const order = { key: `order-${number}`, fragile: number % FRAGILE === 0 };
    for (;;) {
      try {
        const worker = await this.worker();
        const id = await worker.ask({ kind: 'start', tenant, workflow, order });
        this.acknowledged.set(`${tenant} ${order.key}`, String(id));
        return;
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        if (this.random.next() >= INSISTENCE) return;
      }
    }
  }

  private async worker() {
    for (;;) {
      const worker = this.fleet.up((items) => items[Math.floor(this.random.next() * items.length)]);
      if (worker) return worker;
      await pause(20);
    }
  }
}
