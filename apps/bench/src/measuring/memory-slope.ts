import type { MemoryState } from './memory-state.js';
import { slope } from './statistics.js';
import type { Verdict } from './verdict.js';

const MEGABYTE = 2 ** 20;

/** Megabytes that 1,000 executions may leave behind. */
const MOST = 1;

/** What the states of a process after each round say of what it keeps. */
export interface MemoryVerdict {
  /** Megabytes per 1,000 executions; the first round, in which caches fill, is left out. */
  readonly heapSlope: number;
  readonly residentSlope: number;
  /** Something is open that was not after the second round. */
  readonly moreResources: boolean;
  readonly verdict: Verdict;
}

export function memoryVerdict(
  rounds: readonly MemoryState[],
  executionsPerRound: number,
): MemoryVerdict {
  const settled = rounds.slice(1);
  const perThousand = (bytes: (state: MemoryState) => number): number =>
    (slope(settled.map(bytes)) / MEGABYTE / executionsPerRound) * 1000;
  const heapSlope = perThousand(({ heapBytes }) => heapBytes);
  const residentSlope = perThousand(({ residentBytes }) => residentBytes);
  const [first, ...later] = settled.map(({ resources }) => resources);
  // A timer that is about to be set again is missing for a moment; what is kept is there too often.
  const moreResources = later.some((resources) =>
    Object.entries(resources).some(([kind, count]) => count > (first?.[kind] ?? 0)),
  );
  const holds = heapSlope <= MOST && residentSlope <= MOST && !moreResources;
  return { heapSlope, residentSlope, moreResources, verdict: holds ? 'holds' : 'does not hold' };
}
