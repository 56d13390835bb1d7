import { parseArgs } from 'node:util';
import { runSeed } from './search/seed-run.js';
import { outsideMicrotasks } from './world/microtasks.js';

/** The command line of the simulator. Answers its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '2000' },
      from: { type: 'string', default: '1' },
    },
  });
  const from = Number(values.from);
  const seeds = Number(values.seeds);
  const start = performance.now();
  const violations = await outsideMicrotasks(() => {
    let found = 0;
    for (let seed = from; seed < from + seeds; seed += 1) {
      for (const { invariant, message } of runSeed(seed).violations) {
        found += 1;
        console.log(`seed ${seed}: ${invariant}: ${message}`);
      }
    }
    return found;
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`seeds ${seeds}, violations ${violations}, seconds ${seconds}`);
  return violations === 0 ? 0 : 1;
}
