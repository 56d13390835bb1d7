import { setTimeout as pause } from 'node:timers/promises';
import type { Loss } from './recovery.js';
import { Unanswered, WorkerLife, type Exit } from './worker-life.js';
import { BOOT_REFUSED } from './worker/protocol.js';

/** Milliseconds a worker has for its shutdown. */
const SHUTDOWN_LIMIT = 20_000;

/** Milliseconds before a worker that gave up is started again. */
const RESTART_PAUSE = 500;

/** Milliseconds to wait for somebody who can be taken away. */
const LONGEST_ABSENCE = 120_000;

interface Berth {
  readonly number: number;
  lives: number;
  state: 'booting' | 'up' | 'paused' | 'down';
  life: WorkerLife | undefined;
}

/** All workers of a run: starts them, loses them as it is told, and notices those that die of themselves. */
export class Fleet {
  readonly losses: Loss[] = [];
  readonly lastWords: string[] = [];
  diedUnexpectedly = 0;
  /** Those that did not close in time; they did not die of themselves. */
  stoppedByForce = 0;
  bootsRefused = 0;
  private readonly berths: readonly Berth[];
  private readonly ended = { fenceRejections: 0 };
  private readonly expected = new Set<WorkerLife>();
  private stopping = false;

  constructor(
    size: number,
    private readonly fork: (name: string) => WorkerLife,
  ) {
    this.berths = Array.from({ length: size }, (_, index) => ({
      number: index + 1,
      lives: 0,
      state: 'down',
      life: undefined,
    }));
    // A stopped process does not notice that its parent is gone.
    process.once('exit', () => this.killAll());
  }

  get fenceRejections(): number {
    const living = this.berths.map(({ life }) => life?.fenceRejections ?? 0);
    return living.reduce((sum, writes) => sum + writes, this.ended.fenceRejections);
  }

  /** One of those that can answer now. */
  up(choose: <T>(items: readonly T[]) => T | undefined): WorkerLife | undefined {
    return choose(this.berths.filter(({ state }) => state === 'up'))?.life;
  }

  /** Resolves when another one can be taken away and somebody is left; of one, everybody may go. */
  async spare(): Promise<void> {
    const until = Date.now() + LONGEST_ABSENCE;
    while (Date.now() < until) {
      const up = this.berths.filter(({ state }) => state === 'up').length;
      if (up > (this.berths.length > 1 ? 1 : 0)) return;
      await pause(20);
    }
    throw new Error('The workers do not come back.');
  }

  async startAll(): Promise<void> {
    for (const berth of this.berths) await this.start(berth);
  }

  /** Resolves when all are up, or when there was time enough. */
  async whole(limit: number): Promise<void> {
    const until = Date.now() + limit;
    while (Date.now() < until && this.berths.some(({ state }) => state !== 'up')) await pause(50);
  }

  /** Kills a worker; it is started again after a while, in the background. */
  async kill(life: WorkerLife, restartAfter: number): Promise<void> {
    const berth = this.berthOf(life);
    if (!berth) return;
    berth.state = 'down';
    this.expected.add(life);
    this.losses.push({ life: life.name, at: Date.now() });
    life.signal('SIGKILL');
    await life.exit;
    void pause(restartAfter).then(() => this.start(berth));
  }

  /** Stops a worker; it goes on after a while, in the background, and knows nothing of it. */
  pause(life: WorkerLife, duration: number): void {
    const berth = this.berthOf(life);
    if (!berth) return;
    berth.state = 'paused';
    this.losses.push({ life: life.name, at: Date.now() });
    life.signal('SIGSTOP');
    void pause(duration).then(() => {
      life.signal('SIGCONT');
      if (berth.life === life && berth.state === 'paused') berth.state = 'up';
    });
  }

  /** Closes all in good order. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.berths.map((berth) => this.stopOne(berth.life)));
  }

  killAll(): void {
    this.stopping = true;
    for (const { life } of this.berths) life?.signal('SIGKILL');
  }

  private async stopOne(life: WorkerLife | undefined): Promise<void> {
    if (!life) return;
    life.tell({ kind: 'stop' });
    const late = pause(SHUTDOWN_LIMIT, 'late' as const, { ref: false });
    if ((await Promise.race([life.exit, late])) === 'late') {
      this.stoppedByForce += 1;
      this.expected.add(life);
      life.signal('SIGKILL');
    }
    await life.exit;
  }

  private async start(berth: Berth): Promise<void> {
    if (this.stopping) return;
    berth.lives += 1;
    const life = this.fork(`chaos-${berth.number}-${berth.lives}`);
    berth.life = life;
    berth.state = 'booting';
    void life.exit.then((exit) => this.buried(berth, life, exit));
    try {
      await life.ready;
      berth.state = 'up';
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
    }
  }

  private async buried(berth: Berth, life: WorkerLife, exit: Exit): Promise<void> {
    this.ended.fenceRejections += life.fenceRejections;
    if (berth.life === life) berth.life = undefined;
    if (this.expected.delete(life) || (this.stopping && exit.code === 0)) return;
    berth.state = 'down';
    if (exit.code === BOOT_REFUSED) this.bootsRefused += 1;
    else this.diedUnexpectedly += 1;
    this.lastWords.push(`${life.name} (${exit.signal ?? exit.code}): ${life.lastWords}`);
    await pause(RESTART_PAUSE);
    await this.start(berth);
  }

  private berthOf(life: WorkerLife): Berth | undefined {
    return this.berths.find((berth) => berth.life === life);
  }
}
