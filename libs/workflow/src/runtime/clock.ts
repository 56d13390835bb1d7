/** Stops a scheduled callback; harmless after it has run. */
export type CancelTimer = () => void;

/**
 * The only source of time. Tests give a clock that moves when told to.
 *
 * @publicApi
 */
export abstract class Clock {
  /** Milliseconds since the epoch. For people: leases and due times use the database's clock. */
  abstract now(): number;

  /** Milliseconds that never go backwards, for durations. */
  abstract monotonic(): number;

  /** Milliseconds added to the database's clock; zero outside tests. */
  abstract databaseOffset(): number;

  /** Calls back once, `delay` milliseconds from now. A pending timer keeps the process alive. */
  abstract schedule(delay: number, callback: () => void): CancelTimer;

  /** Calls back as soon as what is happening at this moment has gone as far as it goes by itself. */
  afterThisTurn(callback: () => void): void {
    setImmediate(callback);
  }

  /** The same for what one event has set off, without waiting for others that have come meanwhile. */
  afterThisEvent(callback: () => void): void {
    this.afterThisTurn(callback);
  }
}

const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's own clock. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  databaseOffset(): number {
    return 0;
  }

  override afterThisEvent(callback: () => void): void {
    process.nextTick(callback);
  }

  schedule(delay: number, callback: () => void): CancelTimer {
    // Node fires a longer timer at once instead of late; whoever waits longer looks again then.
    const timer = globalThis.setTimeout(callback, Math.min(Math.max(0, delay), LONGEST_TIMER));
    return () => clearTimeout(timer);
  }
}

/** The moment of a call made outside the container, where no clock can be injected. */
export const presentMoment = (): Date => new Date();
