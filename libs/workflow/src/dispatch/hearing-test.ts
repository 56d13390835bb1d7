import type { CancelTimer, Clock } from '../runtime/clock.js';
import type { Random } from '../runtime/random.js';

/** Milliseconds in which a process hears what it has sent itself. */
export const HEARING_TIME = 3_000;

/** Milliseconds between two tests. */
export const BEAT = 30_000;

/** What a test comes to. */
export interface HearingOutcomes {
  /** Sends the number, so that it comes back on the subscription. */
  probe(number: number): Promise<void>;
  works(): void;
  /** A new subscription hears nothing: something stands between that shares out the connection. */
  deaf(): void;
  /** A subscription that worked hears nothing any more: its connection has died silently. */
  silent(): void;
}

/**
 * Finds out whether this process hears what is announced: sends itself a number, at once and then
 * every half minute. That is also the sign of life the other processes know it by.
 */
export class HearingTest {
  private cancel: CancelTimer = () => undefined;
  private latest = 0;
  private worked = false;
  private active = false;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly outcomes: HearingOutcomes,
  ) {}

  /** There is a new subscription. */
  begin(): void {
    this.worked = false;
    this.active = true;
    this.test();
  }

  stop(): void {
    this.active = false;
    this.cancel();
  }

  heard(number: number): void {
    if (!this.active || !(number > 0 && number <= this.latest)) return;
    this.worked = true;
    this.rest();
    this.outcomes.works();
  }

  private test(): void {
    this.latest += 1;
    this.cancel();
    this.cancel = this.clock.schedule(HEARING_TIME, () => this.unanswered());
    this.outcomes.probe(this.latest).catch(() => {
      // The database does not answer at all, which says nothing about the subscription.
      this.rest();
    });
  }

  private unanswered(): void {
    if (this.worked) {
      this.outcomes.silent();
      return;
    }
    this.rest();
    this.outcomes.deaf();
  }

  private rest(): void {
    this.cancel();
    if (!this.active) return;
    this.cancel = this.clock.schedule(BEAT * (0.75 + this.random.next() / 2), () => this.test());
  }
}
