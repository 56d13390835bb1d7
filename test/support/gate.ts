/** A promise that the test settles. */
export interface Gate<T = void> {
  readonly passed: Promise<T>;
  open(value: T): void;
  fail(error: unknown): void;
}

/** What a step waits at until the test lets it go on. */
export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const passed = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  passed.catch(() => undefined);
  return { passed, open, fail };
}

/** Counts what happens, and lets the test wait for the n-th time. */
export class Tally {
  private readonly waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  private current = 0;

  get count(): number {
    return this.current;
  }

  /** Returns which time this was, from 1. */
  mark(): number {
    this.current += 1;
    for (const { count, resolve } of this.waiting) if (count <= this.current) resolve();
    return this.current;
  }

  reached(count: number): Promise<void> {
    return this.current >= count
      ? Promise.resolve()
      : new Promise((resolve) => this.waiting.push({ count, resolve }));
  }
}
