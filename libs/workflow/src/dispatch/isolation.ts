import type { Clock } from '../runtime/clock.js';
import type { Slots } from './slots.js';

/** Milliseconds others have to leave, and then the suspect has for itself. */
const LONGEST_ISOLATION = 15_000;

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

  /** Begins when everything but the suspect itself has left, or has had its time. */
  async begin(): Promise<() => void> {
    const mine = {};
    this.current = mine;
    const lift = (): void => {
      if (this.current === mine) this.current = undefined;
    };
    await this.within(this.slots.onlyOneUsed());
    const cancel = this.clock.schedule(LONGEST_ISOLATION, lift);
    return () => {
      cancel();
      lift();
    };
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
