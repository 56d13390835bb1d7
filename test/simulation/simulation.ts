import { Cluster } from './cluster/cluster.js';
import { Database } from './cluster/database.js';
import type { Network } from './cluster/link.js';
import { describe } from './cluster/operation.js';
import { AnswerChecks } from './invariants/answer-checks.js';
import { endChecks } from './invariants/end-checks.js';
import { effectChecks } from './invariants/effect-checks.js';
import { OwnerChecks } from './invariants/owner-checks.js';
import { ownershipChecks } from './invariants/ownership-checks.js';
import { Progress } from './invariants/progress.js';
import { rowChecks } from './invariants/row-checks.js';
import { StepChecks } from './invariants/step-checks.js';
import { Watch } from './invariants/watch.js';
import { Performer } from './load/performer.js';
import type { Plan } from './load/plan.js';
import { Users } from './load/users.js';
import { definitionsOf, performBy } from './load/workflows.js';
import { ProtocolRules } from '../support/model-store/protocol-rules.js';
import { Chance } from './world/chance.js';
import { Scheduler } from './world/scheduler.js';
import { withoutStacks } from './world/stacks.js';
import { Trace } from './world/trace.js';
import { Violations, type Violation } from './world/violation.js';

/** What a run came to. */
export interface Outcome {
  /** The same for two equal runs. */
  readonly hash: string;
  readonly violations: readonly Violation[];
  readonly events: number;
  /** Virtual milliseconds. */
  readonly time: number;
}

/** Events after which a run is taken to go on for ever. */
const MOST_EVENTS = 200_000;

/**
 * One run of a plan: the real engine on the model store, in virtual time. Stops at the first
 * violation. Must not be called from within a microtask.
 */
export function simulate(
  plan: Plan,
  rules: ProtocolRules = new ProtocolRules(),
  lines?: string[],
): Outcome {
  return lines ? run(plan, rules, lines) : withoutStacks(() => run(plan, rules));
}

function run(plan: Plan, rules: ProtocolRules, lines?: string[]): Outcome {
  const scheduler = new Scheduler();
  const now = (): number => scheduler.now;
  const violations = new Violations(now);
  const report = violations.add.bind(violations);
  const trace = new Trace(lines);
  // Another stream than that which drew the plan, so that a smaller plan can have the same luck.
  const chance = new Chance(plan.seed ^ 0x5eed);
  const database: Database = new Database(scheduler, plan, rules, (subject, life, result) => {
    trace.note(now(), life.name, subject.kind, () => describe(subject, result));
    watch.observe(subject, life, result);
  });
  const { tables } = database.store;
  const network: Network = {
    plan,
    scheduler,
    chance,
    database,
    healed: false,
    channels: new Set(),
  };
  const cluster = new Cluster(network, trace);
  const all = definitionsOf(plan.unit, 'both');
  const owners = new OwnerChecks(now);
  const answers = new AnswerChecks(tables, report);
  const steps = new StepChecks(tables, owners, (name) => all.withCapability(name), report);
  const users = new Users(plan, scheduler, cluster, tables, answers, trace);
  const progress = new Progress(plan, tables, cluster, users, now);
  const watch = new Watch(
    database.store,
    [
      rowChecks(),
      ownershipChecks(tables),
      owners.check,
      effectChecks(
        (capability, stepId) =>
          all.withCapability(capability)?.stepById.get(stepId)?.transactional === true,
        (name) => tables.executions.get(name)?.capability,
      ),
      steps.check,
      endChecks(tables, (name) => all.withCapability(name)),
      answers.check,
      progress.check,
    ],
    report,
  );
  performBy(new Performer(cluster, steps, trace, now).perform);

  users.begin();
  for (const { kind, at, length, node } of plan.incidents) {
    scheduler.after(at, () => {
      if (network.healed) return;
      const end = cluster.befall(kind, node);
      scheduler.after(Math.min(length, plan.healsAt - at), end);
    });
  }
  scheduler.after(plan.healsAt, () => {
    network.healed = true;
    trace.note(now(), '', 'nothing goes wrong any more');
  });

  const deadline = plan.healsAt + progress.patience;
  let done = false;
  while (!done && violations.found.length === 0) {
    if (!scheduler.step()) break;
    done = network.healed && progress.isDone;
    if (scheduler.now > deadline || scheduler.happened > MOST_EVENTS) break;
  }
  if (violations.found.length === 0 && !done) progress.reportStuck(report);
  if (violations.found.length === 0 && !done) report('L2', 'the run does not end');
  trace.text(JSON.stringify([violations.found, database.store.dump()]));
  return {
    hash: trace.hash,
    violations: violations.found,
    events: scheduler.happened,
    time: scheduler.now,
  };
}
