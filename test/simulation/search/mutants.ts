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

export function* runMutants(from: number, seeds: number): Iterable<MutantResult> {
  for (const rule of PROTOCOL_RULES) yield runMutant(rule, from, seeds);
}

/** Survived without a reason, or was noticed although a reason says that it cannot be. */
export const isUnexplained = ({ seed, reason }: MutantResult): boolean =>
  seed === undefined && reason === undefined;
