import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { Fault } from '../nemesis.js';
import type { PostgresSite } from '../stores/postgres.site.js';

/** Milliseconds. */
const SHORTEST_OUTAGE = 200;
const LONGEST_OUTAGE = 2_000;

/** Faults of the database server. */
export function serverFaults(
  site: PostgresSite,
  random: SeededRandom,
): { readonly stop: Fault; readonly terminate: Fault } {
  return {
    stop: async () => {
      await site.stopHard();
      await pause(random.between(SHORTEST_OUTAGE, LONGEST_OUTAGE));
      await site.start();
    },
    terminate: () => site.terminateBackends(),
  };
}
