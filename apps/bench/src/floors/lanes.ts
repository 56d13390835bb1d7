/** Connections, each used by one at a time, in the order of asking. */
export class Lanes<L> {
  private readonly free: L[];
  private readonly waiting: ((lane: L) => void)[] = [];

  constructor(lanes: readonly L[]) {
    this.free = [...lanes];
  }

  async use<T>(work: (lane: L) => Promise<T>): Promise<T> {
    const lane = this.free.pop() ?? (await this.next());
    try {
      return await work(lane);
    } finally {
      const next = this.waiting.shift();
      if (next) next(lane);
      else this.free.push(lane);
    }
  }

  private next(): Promise<L> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
    });
  }
}
