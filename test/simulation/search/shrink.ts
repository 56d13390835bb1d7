import type { CallFault, Plan } from '../load/plan.js';

/** Plans that are one thing smaller: without an incident, an order, a class of faults, a node. */
function* smaller(plan: Plan): Iterable<Plan> {
  for (let i = plan.incidents.length - 1; i >= 0; i -= 1) {
    yield { ...plan, incidents: plan.incidents.toSpliced(i, 1) };
  }
  for (let i = plan.commands.length - 1; i >= 0; i -= 1) {
    yield { ...plan, commands: plan.commands.toSpliced(i, 1) };
  }
  for (const fault of Object.keys(plan.callFaults) as CallFault[]) {
    const { [fault]: _left, ...callFaults } = plan.callFaults;
    yield { ...plan, callFaults };
  }
  if (plan.nodes > 1) yield { ...withoutLastNode(plan) };
  if (plan.notifications) yield { ...plan, notifications: false };
  if (plan.clockSkew.some((skew) => skew !== 0)) {
    yield { ...plan, clockSkew: plan.clockSkew.map(() => 0) };
  }
  if (plan.flushesInFlight > 1) yield { ...plan, flushesInFlight: 1 };
}

function withoutLastNode(plan: Plan): Plan {
  const nodes = plan.nodes - 1;
  return {
    ...plan,
    nodes,
    incidents: plan.incidents.filter(({ node }) => node < nodes),
    commands: plan.commands.map((command) => ({ ...command, node: command.node % nodes })),
  };
}

/** Trials of smaller plans; a failing plan is small enough long before that. */
const MOST_TRIALS = 2_000;

/** The smallest plan on the way down from a failing one that still fails. */
export function shrink(plan: Plan, fails: (smaller: Plan) => boolean): Plan {
  let smallest = plan;
  let trials = 0;
  for (let shrunk = true; shrunk && trials < MOST_TRIALS;) {
    shrunk = false;
    for (const candidate of smaller(smallest)) {
      trials += 1;
      if (!fails(candidate)) continue;
      smallest = candidate;
      shrunk = true;
      break;
    }
  }
  return smallest;
}
