import type { ProtocolRules } from '../../support/model-store/protocol-rules.js';
import type { Plan } from '../load/plan.js';
import { planOf } from '../load/swarm.js';
import { simulate } from '../simulation.js';
import { violationsOf } from './seed-run.js';
import { shrink } from './shrink.js';

/** What a failing seed has to tell: its smallest plan that still fails, and all that happened in it. */
export interface Story {
  readonly plan: Plan;
  readonly lines: readonly string[];
}

export function storyOf(seed: number, rules?: ProtocolRules): Story {
  const plan = planOf(seed);
  const [first] = violationsOf(plan, rules);
  // Another violation of the same kind will do; one of another kind may be another fault.
  const smallest = first
    ? shrink(plan, (smaller) => violationsOf(smaller, rules)[0]?.invariant === first.invariant)
    : plan;
  const lines: string[] = [];
  const { violations } = simulate(smallest, rules, lines);
  for (const { at, invariant, message } of violations) {
    lines.push(`${at.toFixed(3).padStart(12)} VIOLATION of ${invariant}: ${message}`);
  }
  return { plan: smallest, lines: lines.map((line) => line.replaceAll('\n', ' ')) };
}
