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

const LOOKS = 5;

/** Milliseconds. */
const BETWEEN_LOOKS = 60;

/** @throws Error without `--expose-gc` */
export async function weigh(): Promise<MemoryState> {
  if (!globalThis.gc) throw new Error('Memory is measured in a process with --expose-gc.');
  await wait(SETTLING);
  // A second one takes what finalisers of the first let go.
  globalThis.gc();
  await wait(1);
  globalThis.gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    heapBytes: heapUsed + external,
    residentBytes: rss,
    resources: await lastingResources(),
  };
}

/** What is open at each of several looks: what comes and goes by itself is not kept. */
async function lastingResources(): Promise<Record<string, number>> {
  let lasting = openResources();
  for (let look = 1; look < LOOKS; look += 1) {
    await wait(BETWEEN_LOOKS);
    const open = openResources();
    lasting = new Map(
      [...lasting].map(([kind, count]) => [kind, Math.min(count, open.get(kind) ?? 0)] as const),
    );
  }
  return Object.fromEntries([...lasting].filter(([, count]) => count > 0));
}

function openResources(): Map<string, number> {
  const open = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) open.set(kind, (open.get(kind) ?? 0) + 1);
  return open;
}
