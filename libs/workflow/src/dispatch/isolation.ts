import type { Clock } from '../runtime/clock.js';
import type { Slots } from './slots.js';

/** Milliseconds others have to leave, and then each suspect has for itself. */
const LONGEST_ISOLATION = 15_000;

/** What a suspect waits in. */
export interface IsolationPlace {
  /** Resolves when everything else has left, or has had its time. */
  readonly turn: Promise<void>;
  readonly leave: () => void;
}

interface Place {
  readonly begin: () => void;
  readonly left: Promise<void>;
}

/**
 * Lets executions under which workers have died run alone, one after the other, so that if one more
 * dies, it is clear which of them did it. Bounded: what takes long is not kept waiting for ever.
 */
export class Isolation {
  private readonly places: Place[] = [];
  private running = false;

  constructor(
    private readonly slots: Slots,
    private readonly clock: Clock,
    private readonly ended: () => void,
  ) {}

  /** Nothing new may begin. */
  get active(): boolean {
    return this.running;
  }

  /** For an execution that holds a slot. From now on nothing new may begin, until all have left. */
  enter(): IsolationPlace {
    let begin = (): void => undefined;
    let leave = (): void => undefined;
    const turn = new Promise<void>((resolve) => (begin = resolve));
    const left = new Promise<void>((resolve) => (leave = resolve));
    this.places.push({ begin, left });
    if (!this.running) void this.run();
    return { turn, leave };
  }

  private async run(): Promise<void> {
    this.running = true;
    // Those who come together enter in the same turn.
    await Promise.resolve();
    await this.within(this.slots.atMost(this.places.length));
    for (let place = this.places[0]; place; place = this.places[0]) {
      place.begin();
      await this.within(place.left);
      this.places.shift();
    }
    this.running = false;
    this.ended();
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
