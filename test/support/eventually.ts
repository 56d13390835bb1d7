import { setImmediate as turn } from 'node:timers/promises';

const MOST_TURNS = 20_000;

/** Lets the event loop turn, without waiting for time, until the check gives something true. */
export async function eventually<T>(check: () => Promise<T> | T): Promise<T> {
  for (let turns = 0; turns < MOST_TURNS; turns += 1) {
    const value = await check();
    if (value) return value;
    await turn();
  }
  throw new Error(`Not even after ${MOST_TURNS} turns: ${check.toString()}`);
}
