import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { Fleet } from '../fleet.js';
import type { Fault } from '../nemesis.js';
import type { WorkerLife } from '../worker-life.js';

/** Leases that a stopped worker sleeps. */
const PAUSE = 1.6;

/** Milliseconds until a killed worker is started again. */
const SHORTEST_ABSENCE = 100;
const LONGEST_ABSENCE = 800;

/** Milliseconds to wait for somebody who can be taken away. */
const LONGEST_SEARCH = 120_000;

/** Faults of single processes. */
export function workerFaults(
  fleet: Fleet,
  random: SeededRandom,
  lease: number,
): { readonly kill: Fault; readonly pause: Fault } {
  const victim = async (): Promise<WorkerLife> => {
    const until = Date.now() + LONGEST_SEARCH;
    while (Date.now() < until) {
      const life = fleet.canLoseOne
        ? fleet.up((items) => items[random.between(0, items.length - 1)])
        : undefined;
      if (life) return life;
      await pause(20);
    }
    throw new Error('The workers do not come back.');
  };
  return {
    kill: async () => fleet.kill(await victim(), random.between(SHORTEST_ABSENCE, LONGEST_ABSENCE)),
    pause: async () => fleet.pause(await victim(), PAUSE * lease),
  };
}
