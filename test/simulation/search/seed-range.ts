import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { planOf } from '../load/swarm.js';
import type { Violation } from '../world/violation.js';
import { violationsOf } from './seed-run.js';

/** A seed that found something. */
export interface Failure {
  readonly seed: number;
  readonly violation: Violation;
}

/** Seeds from one on, each so many after the last: what one thread does of a range. */
export interface Share {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** Must not be called from within a microtask. */
export function runShare({ from, to, step }: Share): Failure[] {
  const failures: Failure[] = [];
  for (let seed = from; seed < to; seed += step) {
    const [violation] = violationsOf(planOf(seed));
    if (violation) failures.push({ seed, violation });
  }
  return failures;
}

/** Runs seeds on all processors. */
export async function runSeeds(from: number, count: number): Promise<Failure[]> {
  const step = Math.max(1, Math.min(availableParallelism(), count));
  const shares = Array.from({ length: step }, (_, index) => ({
    from: from + index,
    to: from + count,
    step,
  }));
  const found = await Promise.all(shares.map(runInThread));
  return found.flat().sort((a, b) => a.seed - b.seed);
}

const runInThread = (share: Share): Promise<Failure[]> =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('../../../scripts/typescript/thread.mjs', import.meta.url), {
      workerData: { program: 'test/simulation/search/seed-thread.ts', share },
    });
    let failures: Failure[] | undefined;
    thread.once('message', (found: Failure[]) => {
      failures = found;
    });
    thread.once('error', reject);
    thread.once('exit', (code) => {
      if (failures) resolve(failures);
      else reject(new Error(`A thread of the simulation ended with ${code}.`));
    });
  });
