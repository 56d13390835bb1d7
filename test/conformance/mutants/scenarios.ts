import type { Suite, Test } from './rule-collector.js';

/** A test with what is done around it; what is done once has been done. */
export interface Scenario {
  readonly name: string;
  /** Rejects when something is not as it should be. */
  run(): Promise<void>;
  /** Makes what is done once anew: it may be worn out. */
  renew(): Promise<void>;
}

/** Milliseconds, far more than any of them takes. */
const PATIENCE = 30_000;

/** The outermost suites of a test, a file and a database server, are shared with others. */
const SHARED = 2;

/** The tests of a suite and of those in it, as scenarios. */
export class Scenarios {
  private readonly begun = new Set<Suite>();
  private order: readonly Scenario[];

  constructor(suites: readonly Suite[]) {
    this.order = suites.flatMap((suite) => [...this.of([suite])]);
  }

  /** Those that have found something before come first. */
  get all(): readonly Scenario[] {
    return this.order;
  }

  preferNext(scenario: Scenario): void {
    this.order = [scenario, ...this.order.filter((other) => other !== scenario)];
  }

  close(): Promise<void> {
    return this.end([...this.begun]);
  }

  private async end(suites: readonly Suite[]): Promise<void> {
    for (const suite of [...suites].reverse()) {
      if (!this.begun.delete(suite)) continue;
      for (const work of suite.hooks.afterAll) await work();
    }
  }

  private *of(path: readonly Suite[]): Iterable<Scenario> {
    const suite = path.at(-1);
    for (const test of suite?.tests ?? []) {
      const name = [...path, test]
        .map((each) => each.name)
        .join(' ')
        .trim();
      yield {
        name,
        run: () => inTime(this.run(path, test), name),
        renew: () => this.end(path.slice(SHARED)),
      };
    }
    for (const inner of suite?.suites ?? []) yield* this.of([...path, inner]);
  }

  private async run(path: readonly Suite[], test: Test): Promise<void> {
    for (const suite of path) {
      if (this.begun.has(suite)) continue;
      this.begun.add(suite);
      for (const work of suite.hooks.beforeAll) await work();
    }
    for (const { hooks } of path) for (const work of hooks.beforeEach) await work();
    try {
      await test.work();
    } finally {
      for (const { hooks } of [...path].reverse()) {
        for (const work of hooks.afterEach) await work();
      }
    }
  }
}

async function inTime(work: Promise<void>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} does not end.`)), PATIENCE);
  });
  try {
    await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
