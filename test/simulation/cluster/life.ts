import { Clock, type CancelTimer } from '../../../libs/workflow/src/runtime/clock.js';
import type { CancelEvent, Scheduler } from '../world/scheduler.js';

/** The moment at which every run begins, in milliseconds since the epoch. */
export const ORIGIN = Date.UTC(2030, 0, 1);

/** The longest timer of Node; a clock that allowed more would hide a missing second look. */
const LONGEST_TIMER = 2 ** 31 - 1;

interface Heard {
  work: (() => void) | undefined;
}

/**
 * One life of a process, from its start to its end: what it waits for happens only while it lives,
 * and, when it is stopped (SIGSTOP), only once it goes on.
 */
export class Life {
  /** Of the engine; known once it has opened its store. */
  workerId = '';
  dead = false;
  /** What stops when the process does. */
  readonly onDeath: (() => void)[] = [];
  /** When something last went wrong for it; virtual milliseconds. */
  troubledAt = -1;
  private held: Heard[] | undefined;

  constructor(
    readonly name: string,
    readonly node: number,
    private readonly scheduler: Scheduler,
    /** Is told whose turn it is. */
    private readonly takesTurn: (life: Life) => void,
  ) {}

  get stopped(): boolean {
    return this.held !== undefined;
  }

  get present(): boolean {
    return !this.dead && !this.stopped;
  }

  after(delay: number, work: () => void): CancelEvent {
    const heard: Heard = { work };
    const cancel = this.scheduler.after(delay, () => this.hear(heard));
    return () => {
      heard.work = undefined;
      cancel();
    };
  }

  trouble(): void {
    this.troubledAt = this.scheduler.now;
  }

  stop(): void {
    this.held ??= [];
    this.trouble();
  }

  goOn(): void {
    const heard = this.held ?? [];
    this.held = undefined;
    this.trouble();
    for (const each of heard) this.scheduler.after(0, () => this.hear(each));
  }

  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.trouble();
    this.held = undefined;
    for (const end of this.onDeath) end();
  }

  private hear(heard: Heard): void {
    if (this.dead || !heard.work) return;
    if (this.held) {
      this.held.push(heard);
      return;
    }
    this.takesTurn(this);
    heard.work();
  }
}

/** Time as one process sees it. */
export class LifeClock extends Clock {
  /** Timers that are set. */
  pending = 0;
  private readonly bornAt: number;

  constructor(
    private readonly life: Life,
    private readonly scheduler: Scheduler,
    /** Milliseconds by which its clock on the wall is wrong. */
    private readonly skew: number,
  ) {
    super();
    this.bornAt = scheduler.now;
  }

  override now(): number {
    return ORIGIN + this.scheduler.now + this.skew;
  }

  override monotonic(): number {
    return this.scheduler.now - this.bornAt;
  }

  override databaseOffset(): number {
    return 0;
  }

  override schedule(delay: number, callback: () => void): CancelTimer {
    let set = true;
    this.pending += 1;
    const over = (): void => {
      if (set) this.pending -= 1;
      set = false;
    };
    const wait = Math.min(Math.max(0, delay), LONGEST_TIMER);
    const cancel = this.life.after(wait, () => {
      over();
      callback();
    });
    return () => {
      over();
      cancel();
    };
  }

  override afterThisTurn(callback: () => void): void {
    this.life.after(0, callback);
  }
}
