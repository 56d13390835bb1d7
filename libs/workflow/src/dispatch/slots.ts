/** How many executions this process may hold at a time, and who waits for all of them to leave. */
export class Slots {
  private used = 0;
  private readonly idle: (() => void)[] = [];

  constructor(readonly capacity: number) {}

  get free(): number {
    return this.capacity - this.used;
  }

  take(): void {
    this.used += 1;
  }

  giveBack(): void {
    this.used -= 1;
    if (this.used === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Resolves when no slot is used. */
  allFree(): Promise<void> {
    return this.used === 0 ? Promise.resolve() : new Promise((resolve) => this.idle.push(resolve));
  }
}
