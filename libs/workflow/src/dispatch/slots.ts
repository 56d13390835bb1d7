interface Waiter {
  readonly most: number;
  readonly resolve: () => void;
}

/** How many executions this process may hold at a time, and who waits for them to leave. */
export class Slots {
  private used = 0;
  private waiters: Waiter[] = [];

  constructor(readonly capacity: number) {}

  get free(): number {
    return this.capacity - this.used;
  }

  take(): void {
    this.used += 1;
  }

  giveBack(): void {
    this.used -= 1;
    const served = this.waiters.filter(({ most }) => this.used <= most);
    if (served.length === 0) return;
    this.waiters = this.waiters.filter(({ most }) => this.used > most);
    for (const { resolve } of served) resolve();
  }

  /** Resolves when no slot is used. */
  allFree(): Promise<void> {
    return this.atMost(0);
  }

  /** Resolves when no more slots than that are used. */
  atMost(most: number): Promise<void> {
    return this.used <= most
      ? Promise.resolve()
      : new Promise((resolve) => this.waiters.push({ most, resolve }));
  }
}
