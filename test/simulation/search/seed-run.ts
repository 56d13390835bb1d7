import type { ProtocolRules } from '../../support/model-store/protocol-rules.js';
import type { Plan } from '../load/plan.js';
import { simulate } from '../simulation.js';
import type { Violation } from '../world/violation.js';

/** Runs a plan twice: two runs that differ are a violation of their own. */
export function violationsOf(plan: Plan, rules?: ProtocolRules): readonly Violation[] {
  const first = simulate(plan, rules);
  if (first.violations.length > 0) return first.violations;
  const second = simulate(plan, rules);
  if (first.hash === second.hash) return [];
  const message = `two runs differ: ${first.hash} and ${second.hash}`;
  return [{ invariant: 'determinism', message, at: 0 }];
}
