import type { ExecutionRow } from '../../support/model-store/store-dump.js';
import { nameOf } from '../../support/model-store/model-tables.js';
import { isCheckpoint, type Change, type Check, type Report } from './moment.js';

/** What an execution began with never changes. */
const CONSTANT = [
  'workflowId',
  'workflowVersion',
  'definitionHash',
  'capability',
  'idempotencyKey',
  'inputHash',
  'input',
  'context',
  'createdAt',
] as const satisfies readonly (keyof ExecutionRow)[];

/** S1, S2, S4, S6, S7 and S14: what must hold of the rows, and from one moment to the next. */
export function rowChecks(): Check {
  const keys = new Map<string, string>();
  const fences = new Map<string, number>();
  const claimants = new Map<string, string>();
  const written = new Set<string>();

  const oneExecutionPerKey = ({ name, before, after }: Change, report: Report): void => {
    const { execution } = after;
    if (before.execution || execution?.idempotencyKey === undefined) return;
    const { tenantId, workflowId, idempotencyKey } = execution;
    const key = `${tenantId} ${workflowId} ${idempotencyKey}`;
    const first = keys.get(key) ?? name;
    keys.set(key, first);
    if (first !== name) report('S1', `${first} and ${name} share the key ${key}`);
  };

  const fencesGrow = ({ name, before, after }: Change, report: Report): void => {
    const { task } = after;
    const fence = task?.fence ?? after.execution?.fence ?? 0;
    const highest = fences.get(name) ?? 0;
    if (fence < highest) report('S2', `the fence of ${name} went from ${highest} to ${fence}`);
    fences.set(name, Math.max(highest, fence));
    if (!before.task && task && before.execution && fence <= highest) {
      report('S2', `another run of ${name} has the fence ${fence}, as the last one had`);
    }
    if (task?.workerId === undefined) return;
    const claim = `${name} ${fence}`;
    const claimant = claimants.get(claim) ?? task.workerId;
    claimants.set(claim, claimant);
    if (claimant !== task.workerId) {
      report('S2', `${claim} belongs to ${claimant} and to ${task.workerId}`);
    }
  };

  return ({ changes, added }, report) => {
    for (const change of changes) {
      oneExecutionPerKey(change, report);
      fencesGrow(change, report);
      executionStays(change, report);
      taskIsWhatIsLeft(change, report);
    }
    for (const row of added) {
      const name = isCheckpoint(row)
        ? nameOf(row, row.stepId, row.run)
        : nameOf(row, row.stepId, row.run, row.attempt);
      if (written.has(name)) report('S4', `${name} was written again`);
      written.add(name);
    }
  };
}

function executionStays({ name, before, after }: Change, report: Report): void {
  const { execution: now } = after;
  const { execution: was } = before;
  if (!now) {
    report(was ? 'lost' : 'S14', `${name} has no execution`);
    return;
  }
  if (!was || was === now) return;
  for (const column of CONSTANT) {
    if (was[column] !== now[column]) report('S6', `the ${column} of ${name} changed`);
  }
  const hadEnded = was.status !== 'pending';
  if (now.run === was.run) {
    if (hadEnded) report('S6', `${name} had ended as ${was.status} and became ${now.status}`);
  } else if (now.run !== was.run + 1 || was.status !== 'failed') {
    report('S6', `${name} is ${was.status} in run ${was.run}, and begins run ${now.run}`);
  }
}

function taskIsWhatIsLeft({ name, after: { execution, task } }: Change, report: Report): void {
  if (!execution) return;
  const hasEnded = execution.status !== 'pending';
  if (hasEnded === (task !== undefined)) {
    report('S7', `${name} is ${execution.status} ${task ? 'and has a task' : 'without a task'}`);
  }
  if (hasEnded !== (execution.finishedAt !== undefined)) {
    report('S6', `${name} is ${execution.status}, ended at ${execution.finishedAt}`);
  }
  if (!task) return;
  if (task.run !== execution.run || task.capability !== execution.capability) {
    report('S7', `the task of ${name} is of another run or definition`);
  }
  if ((task.workerId !== undefined) !== (task.status === 'running')) {
    report('S7', `${name} is ${task.status}, owned by ${task.workerId ?? 'nobody'}`);
  }
  if (task.status === 'suspended' && task.visibleAt !== Infinity) {
    report('L1', `${name} is suspended, and due at ${task.visibleAt}`);
  }
  if (task.claims < 0) report('S7', `${name} has ${task.claims} claims`);
}
