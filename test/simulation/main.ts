import { parseArgs } from 'node:util';
import { isUnexplained, runMutants } from './search/mutants.js';
import { runSeeds } from './search/seed-range.js';
import { storyOf } from './search/story.js';
import { outsideMicrotasks } from './world/microtasks.js';

/** Seeds a mutant is given before it counts as a survivor. */
const SEEDS_PER_MUTANT = 25_000;

/** Failing seeds whose story is told; more of them would bury it. */
const MOST_STORIES = 3;

/** The command line of the simulator. Answers its exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      replay: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const from = Number(values.from);
  if (values.replay !== undefined) return replay(Number(values.replay));
  if (values.mutants) return mutants(from, Number(values.seeds ?? SEEDS_PER_MUTANT), values.json);
  return search(from, Number(values.seeds ?? 2_000), values.json);
}

async function search(from: number, seeds: number, json: boolean): Promise<number> {
  const start = performance.now();
  const failures = await runSeeds(from, seeds);
  const seconds = secondsSince(start);
  if (json) {
    console.log(JSON.stringify({ seeds, violations: failures.length, seconds, failures }));
    return failures.length === 0 ? 0 : 1;
  }
  for (const { seed } of failures.slice(0, MOST_STORIES)) await tell(seed);
  for (const { seed, violation } of failures) {
    console.log(`seed ${seed}: ${violation.invariant}; npm run simulate -- --replay ${seed}`);
  }
  console.log(`seeds ${seeds}, violations ${failures.length}, seconds ${seconds}`);
  return failures.length === 0 ? 0 : 1;
}

async function replay(seed: number): Promise<number> {
  const start = performance.now();
  const violations = (await tell(seed)) ? 1 : 0;
  console.log(`seeds 1, violations ${violations}, seconds ${secondsSince(start)}`);
  return violations;
}

/** Prints the shortest trace of a seed. Whether it failed. */
async function tell(seed: number): Promise<boolean> {
  const { plan, lines } = await outsideMicrotasks(() => storyOf(seed));
  console.log(`seed ${seed}: ${JSON.stringify(plan)}`);
  for (const line of lines) console.log(line);
  return lines.at(-1)?.includes('VIOLATION') === true;
}

/** Of the model first, and then of the statements of which it is the twin. */
async function mutants(from: number, seeds: number, json: boolean): Promise<number> {
  const start = performance.now();
  const say = json ? () => undefined : (line: string) => console.log(line);
  const model = await outsideMicrotasks(() => {
    const found = [];
    for (const result of runMutants(from, seeds)) {
      found.push(result);
      const { rule, seed, violation, reason } = result;
      const survival = reason === undefined ? 'SURVIVES' : `survives: ${reason}`;
      say(`${rule}  ${seed === undefined ? survival : `${seed}  ${violation?.invariant}`}`);
    }
    return found;
  });
  const { huntMutants, linesOf, SEQUENCES_PER_MUTANT } =
    await import('../conformance/mutants/main.js');
  const sequences = Math.min(seeds, SEQUENCES_PER_MUTANT);
  const statements = await huntMutants({ from, seeds: sequences, say });
  for (const line of linesOf(statements)) say(line);
  const unexplained = model.filter(isUnexplained).length + statements.faults.length;
  const seconds = secondsSince(start);
  if (json) console.log(JSON.stringify({ mutants: model, statements, unexplained, seconds }));
  const all = model.length + statements.mutants;
  say(`mutants ${all}, unexplained ${unexplained}, seconds ${seconds}`);
  return unexplained === 0 ? 0 : 1;
}

const secondsSince = (start: number): number => Math.round((performance.now() - start) / 100) / 10;
