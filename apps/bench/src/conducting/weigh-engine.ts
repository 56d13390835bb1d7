import type { Store } from '../databases/database.js';
import { openDatabases } from '../databases/open-databases.js';
import { memoryVerdict } from '../measuring/memory-slope.js';
import type { MemoryState } from '../measuring/memory-state.js';
import type { MemoryReport } from '../report/report.js';
import { Stage } from './stage.js';

const ROUNDS = 6;

/** Sends executions through one process, and weighs it after each round of them. */
export async function weighEngine(
  store: Store,
  executions: number,
  say: (news: string) => void,
): Promise<MemoryReport> {
  const perRound = Math.ceil(executions / ROUNDS);
  const databases = await openDatabases(store);
  try {
    const rounds = await new Stage(databases).withParticipant(
      'W1',
      async (participant) => {
        const states: MemoryState[] = [];
        for (let round = 1; round <= ROUNDS; round += 1) {
          say(`${store}: round ${round} of ${ROUNDS}, ${perRound} executions`);
          await participant.run();
          states.push(await participant.weigh());
        }
        return states;
      },
      perRound,
    );
    return { store, executions: perRound * ROUNDS, rounds, ...memoryVerdict(rounds, perRound) };
  } finally {
    await databases.close();
  }
}
