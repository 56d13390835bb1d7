export class InterruptedError extends Error {}

/** Somebody wants the tour to end. A terminal may say so more than once; the first time counts. */
export class Interruption {
  readonly happened: Promise<void>;

  constructor(signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM']) {
    this.happened = new Promise((resolve) => {
      for (const signal of signals) process.on(signal, () => resolve());
    });
  }

  /**
   * Waits for work, but neither past an interruption nor longer than a time.
   *
   * @param limit milliseconds
   */
  async orTimeout<T>(limit: number, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`The tour was not over after ${limit / 1000} s.`)),
        limit,
      );
    });
    const interrupted = this.happened.then(() => {
      throw new InterruptedError('The tour was interrupted.');
    });
    try {
      return await Promise.race([work, overdue, interrupted]);
    } finally {
      clearTimeout(timer);
    }
  }
}
