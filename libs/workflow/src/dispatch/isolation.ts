import type { Clock } from '../runtime/clock.js';
import type { Slots } from './slots.js';

/** Milliseconds others have to leave, and then the suspect has for itself. */
const LONGEST_ISOLATION = 15_000;

/** The time in which a suspect has this process for itself. */
export interface IsolationPeriod {
  /** Resolves when everything but the suspect itself has left, or has had its time. */
  readonly alone: Promise<void>;
  readonly end: () => void;
}

/**
 * Lets an execution under which workers have died run alone, so that if this one dies too, no
 * neighbour is counted with it. Bounded: what takes long is not kept waiting for ever.
 */
export class Isolation {
  private current: object | undefined;

  constructor(
    private readonly slots: Slots,
    private readonly clock: Clock,
  ) {}

  /** Nothing new may begin. */
  get active(): boolean {
    return this.current !== undefined;
  }

  /** From now on nothing new may begin here, until it ends. */
  begin(): IsolationPeriod {
    const mine = {};
    this.current = mine;
    let cancel = (): void => undefined;
    const end = (): void => {
      cancel();
      if (this.current === mine) this.current = undefined;
    };
    const alone = this.within(this.slots.onlyOneUsed()).then(() => {
      if (this.current === mine) cancel = this.clock.schedule(LONGEST_ISOLATION, end);
    });
    return { alone, end };
  }

  private async within(work: Promise<void>): Promise<void> {
    let cancel = (): void => undefined;
    const expired = new Promise<void>((resolve) => {
      cancel = this.clock.schedule(LONGEST_ISOLATION, resolve);
    });
    await Promise.race([work, expired]);
    cancel();
  }
}
