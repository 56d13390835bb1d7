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
  readonly sameResources: boolean;
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
  const inventories = new Set(settled.map(({ resources }) => inventoryOf(resources)));
  const sameResources = inventories.size <= 1;
  const holds = heapSlope <= MOST && residentSlope <= MOST && sameResources;
  return { heapSlope, residentSlope, sameResources, verdict: holds ? 'holds' : 'does not hold' };
}

const inventoryOf = (resources: MemoryState['resources']): string =>
  JSON.stringify(Object.entries(resources).sort(([one], [other]) => one.localeCompare(other)));
