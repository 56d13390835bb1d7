import {
  PROTOCOL_RULES,
  ProtocolRules,
  type ProtocolRule,
} from '../../support/model-store/protocol-rules.js';
import { planOf } from '../load/swarm.js';
import type { Violation } from '../world/violation.js';
import { simulate } from '../simulation.js';
import { SURVIVORS } from './survivors.js';

/** What became of the protocol without one of its rules. */
export interface MutantResult {
  readonly rule: ProtocolRule;
  /** The first one that noticed; none when it survived. */
  readonly seed: number | undefined;
  readonly violation?: Violation | undefined;
  /** Why nothing changes without the rule. */
  readonly reason?: string | undefined;
}

/** Drops a rule, and runs seeds until one of them notices. Must not be called from a microtask. */
export function runMutant(rule: ProtocolRule, from: number, seeds: number): MutantResult {
  const rules = new ProtocolRules(rule);
  for (let seed = from; seed < from + seeds; seed += 1) {
    const [violation] = violationsWithout(seed, rules);
    if (violation) return { rule, seed, violation };
  }
  return { rule, seed: undefined, reason: SURVIVORS[rule] };
}

/** A protocol that is broken may break the model itself. */
function violationsWithout(seed: number, rules: ProtocolRules): readonly Violation[] {
  try {
    return simulate(planOf(seed), rules).violations;
  } catch (error) {
    return [{ invariant: 'model', message: String(error), at: 0 }];
  }
}

/** Seeds for what is known to change nothing: enough to see that it does not change much. */
const SEEDS_FOR_SURVIVORS = 2_000;

export function* runMutants(from: number, seeds: number): Iterable<MutantResult> {
  for (const rule of PROTOCOL_RULES) {
    const survives = SURVIVORS[rule] !== undefined;
    yield runMutant(rule, from, survives ? Math.min(seeds, SEEDS_FOR_SURVIVORS) : seeds);
  }
}

/** Survived, and nobody has written down why that changes nothing. */
export const isUnexplained = ({ seed, reason }: MutantResult): boolean =>
  seed === undefined && reason === undefined;
