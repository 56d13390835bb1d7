import { describe, expect, it } from '@jest/globals';
import { ProtocolRules, type ProtocolRule } from '../support/model-store/protocol-rules.js';
import { planOf } from './load/swarm.js';
import { runMutant } from './search/mutants.js';
import { runShare } from './search/seed-range.js';
import { violationsOf } from './search/seed-run.js';
import { storyOf } from './search/story.js';
import { simulate } from './simulation.js';
import { canDrain, outsideMicrotasks } from './world/microtasks.js';

/** Found once, and mended: before that, these seeds failed. */
const FOUND_BEFORE = [
  ['a step begins while the end of its stay is being written', 4682],
  ['a transaction that commits beside a failing step is told as cancelled', 2283],
  ['a start that had to wait for the database is dropped by the worker it belongs to', 39271],
  ['whoever was about to give an execution up is taken for one that it ended', 305616],
] as const;

describe('the simulation', () => {
  it('drains microtasks where it runs', async () => {
    expect(await outsideMicrotasks(canDrain)).toBe(true);
  });

  it('finds nothing in the first seeds', async () => {
    expect(await outsideMicrotasks(() => runShare({ from: 1, to: 20, step: 1 }))).toEqual([]);
  });

  it('goes another way with every seed, and the same way with the same one', async () => {
    const hashes = await outsideMicrotasks(() =>
      [1, 2, 3, 1, 2, 3].map((seed) => simulate(planOf(seed)).hash),
    );
    expect(new Set(hashes).size).toBe(3);
    expect(hashes.slice(3)).toEqual(hashes.slice(0, 3));
  });
});

describe('what the simulation has found', () => {
  it.each(FOUND_BEFORE)('%s: not any more', async (_what, seed) => {
    expect(await outsideMicrotasks(() => violationsOf(planOf(seed)))).toEqual([]);
  });
});

describe('the simulation of a broken protocol', () => {
  it.each<[ProtocolRule, string]>([
    ['checkpoint.first-writer', 'S4'],
    ['claim.raises-fence', 'S2'],
    ['transaction.effects-roll-back', 'S5'],
    ['end.takes-task', 'S7'],
    ['create.one-per-key', 'S1'],
  ])('without %s notices that %s does not hold', async (rule, invariant) => {
    const { violation } = await outsideMicrotasks(() => runMutant(rule, 1, 1_000));
    expect(violation?.invariant).toBe(invariant);
  });

  it('tells the shortest story it can, which ends with the violation', async () => {
    const rules = new ProtocolRules('claim.raises-fence');
    const { plan, lines } = await outsideMicrotasks(() => storyOf(1, rules));
    expect(plan.commands).toHaveLength(1);
    expect(plan.incidents).toEqual([]);
    expect(plan.callFaults).toEqual({});
    expect(lines.at(-1)).toMatch(/VIOLATION of S2/);
  });
});
