import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { Fault } from '../nemesis.js';
import type { FaultyProxy } from './faulty-proxy.js';

/** Milliseconds. */
const SHORTEST_SILENCE = 100;
const LONGEST_SILENCE = 1_000;

/** Faults of the network between the workers and the server. */
export function networkFaults(
  proxy: FaultyProxy,
  random: SeededRandom,
): { readonly cut: Fault; readonly delay: Fault; readonly swallow: Fault } {
  const some = (): boolean => random.next() < 0.5;
  const silence = (): number => random.between(SHORTEST_SILENCE, LONGEST_SILENCE);
  return {
    cut: () => Promise.resolve(proxy.cut(some)),
    delay: async () => {
      const goOn = proxy.hold(some);
      await pause(silence());
      goOn();
    },
    swallow: async () => {
      const end = proxy.swallowReplies(some);
      await pause(silence());
      end();
    },
  };
}
