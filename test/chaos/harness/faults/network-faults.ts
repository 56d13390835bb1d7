import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../../support/seeded-random.js';
import type { Fault } from '../nemesis.js';
import type { FaultyProxy } from './faulty-proxy.js';

/** Milliseconds. */
const SHORTEST_SILENCE = 100;
const LONGEST_SILENCE = 1_000;

/** Milliseconds to wait for a commit, while there may be none. */
const PATIENCE = 5_000;

/** The end of a transaction, and a batch of the journal, which is a statement of its own. */
const COMMITS = [/COMMIT\0/, /\0workflow_[0-9a-f]+\0/] as const;

/** Faults of the network between the workers and the server. */
export function networkFaults(
  proxy: FaultyProxy,
  random: SeededRandom,
): Readonly<Record<'cut' | 'delay' | 'swallow' | 'commit', Fault>> {
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
    commit: () => {
      const commit = COMMITS[random.between(0, COMMITS.length - 1)] ?? COMMITS[0];
      return proxy.loseAnswerTo(commit, PATIENCE);
    },
  };
}
