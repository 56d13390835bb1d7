// Stands in for '@jest/globals', so that the rules of the store can be tried outside of it.
import { createRequire } from 'node:module';
import { format } from 'node:util';
import type { expect as jestExpect } from '@jest/globals';

type Work = (...given: never[]) => unknown;

/** A describe: what is in it, and what is done around it. */
export interface Suite {
  readonly name: string;
  readonly suites: Suite[];
  readonly tests: Test[];
  readonly hooks: Readonly<Record<Hook, Work[]>>;
}

export interface Test {
  readonly name: string;
  readonly work: () => unknown;
}

type Hook = 'beforeAll' | 'afterAll' | 'beforeEach' | 'afterEach';

const suiteNamed = (name: string): Suite => ({
  name,
  suites: [],
  tests: [],
  hooks: { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] },
});

let open = suiteNamed('');

/** What a file has, as it is imported. */
export async function collected(load: () => Promise<unknown>): Promise<Suite> {
  const file = suiteNamed('');
  open = file;
  await load();
  return file;
}

interface Named {
  (name: string, work: Work, timeout?: number): void;
  each(rows: readonly unknown[]): (name: string, work: Work, timeout?: number) => void;
}

const named = (register: (name: string, work: () => unknown) => void): Named =>
  Object.assign((name: string, work: Work) => register(name, () => work()), {
    each: (rows: readonly unknown[]) => (name: string, work: Work) => {
      for (const row of rows) {
        const values = (Array.isArray(row) ? row : [row]) as never[];
        const places = name.split('%').length - 1;
        register(format(name, ...values.slice(0, places)), () => work(...values));
      }
    },
  });

export const describe = named((name, work) => {
  const outer = open;
  open = suiteNamed(name);
  outer.suites.push(open);
  work();
  open = outer;
});

export const it = named((name, work) => {
  open.tests.push({ name, work });
});
export const test = it;

const hook =
  (kind: Hook) =>
  (work: Work): void => {
    open.hooks[kind].push(work);
  };
export const beforeAll = hook('beforeAll');
export const afterAll = hook('afterAll');
export const beforeEach = hook('beforeEach');
export const afterEach = hook('afterEach');

/** Nothing waits here as long as a test may. */
export const jest = { setTimeout: (): void => undefined };

const fromGlobals = createRequire(createRequire(import.meta.url).resolve('@jest/globals'));
export const expect = (fromGlobals('@jest/expect') as { jestExpect: typeof jestExpect }).jestExpect;
