import { setTimeout as wait } from 'node:timers/promises';

/** What a process holds on to. */
export interface MemoryState {
  /** Of V8 and of what hangs on its objects, after forced collections. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** Open handles and timers, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Milliseconds that what has ended has to let go. */
const SETTLING = 500;

/** @throws Error without `--expose-gc` */
export async function weigh(): Promise<MemoryState> {
  if (!globalThis.gc) throw new Error('Memory is measured in a process with --expose-gc.');
  await wait(SETTLING);
  // A second one takes what finalisers of the first let go.
  globalThis.gc();
  await wait(1);
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    resources[kind] = (resources[kind] ?? 0) + 1;
  }
  return { heapBytes: heapUsed + external, residentBytes: rss, resources };
}
