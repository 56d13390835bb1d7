import type { SeededRandom } from '../../support/seeded-random.js';
import type { Fleet } from '../fleet.js';
import type { Fault } from '../nemesis.js';
import type { WorkerLife } from '../worker-life.js';

/** Leases that a stopped worker sleeps. */
const PAUSE = 1.6;

/** Milliseconds until a killed worker is started again. */
const SHORTEST_ABSENCE = 100;
const LONGEST_ABSENCE = 800;

/** Faults of single processes. */
export function workerFaults(
  fleet: Fleet,
  random: SeededRandom,
  lease: number,
): { readonly kill: Fault; readonly pause: Fault } {
  const victim = async (): Promise<WorkerLife> => {
    await fleet.spare();
    const life = fleet.up((items) => items[random.between(0, items.length - 1)]);
    return life ?? victim();
  };
  return {
    kill: async () => fleet.kill(await victim(), random.between(SHORTEST_ABSENCE, LONGEST_ABSENCE)),
    pause: async () => fleet.pause(await victim(), PAUSE * lease),
  };
}
