import type { ProtocolRules } from '../../support/model-store/protocol-rules.js';
import { planOf } from '../load/swarm.js';
import { simulate } from '../simulation.js';
import type { Violation } from '../world/violation.js';

/** What a seed came to. */
export interface SeedResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly events: number;
}

/** Runs a seed twice: two runs that differ are a violation of their own. */
export function runSeed(seed: number, rules?: ProtocolRules): SeedResult {
  const plan = planOf(seed);
  const first = simulate(plan, rules);
  if (first.violations.length > 0) return { seed, ...first };
  const second = simulate(plan, rules);
  if (first.hash === second.hash) return { seed, ...first };
  const message = `two runs of one seed differ: ${first.hash} and ${second.hash}`;
  return { seed, ...first, violations: [{ invariant: 'determinism', message, at: 0 }] };
}
