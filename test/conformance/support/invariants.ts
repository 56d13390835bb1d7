import { nameOf } from '../../support/model-store/model-tables.js';
import type { StoreDump } from '../../support/model-store/store-dump.js';

/** What must hold of a store at any moment, and from one moment to the next. */
export class Invariants {
  private readonly fences = new Map<string, number>();
  private readonly claimants = new Map<string, string>();
  private before: StoreDump | undefined;

  /** Looks at the next moment. @throws when something does not hold */
  observe(now: StoreDump): void {
    const violations = [
      ...oneExecutionPerKey(now),
      ...tasksAreWhatIsLeft(now),
      ...rowsHaveTheirExecution(now),
      ...this.fencesGrow(now),
      ...this.oneClaimantPerFence(now),
      ...(this.before ? [...writtenStays(this.before, now), ...endsStay(this.before, now)] : []),
    ];
    this.before = now;
    if (violations.length > 0) throw new Error(violations.join('\n'));
  }

  private *fencesGrow({ executions, tasks }: StoreDump): Iterable<string> {
    const ended = executions.map(({ tenantId, id, fence }) => ({
      tenantId,
      executionId: id,
      fence,
    }));
    for (const row of [...ended, ...tasks]) {
      const name = nameOf(row);
      const highest = this.fences.get(name) ?? 0;
      const isTask = 'claims' in row;
      const hasTask = !isTask && tasks.some((task) => nameOf(task) === name);
      if (!hasTask && row.fence < highest) {
        yield `S2: the fence of ${name} went from ${highest} to ${row.fence}`;
      }
      this.fences.set(name, Math.max(highest, row.fence));
    }
  }

  private *oneClaimantPerFence({ tasks }: StoreDump): Iterable<string> {
    for (const task of tasks) {
      if (task.workerId === undefined) continue;
      const claim = nameOf(task, task.fence);
      const claimant = this.claimants.get(claim) ?? task.workerId;
      this.claimants.set(claim, claimant);
      if (claimant !== task.workerId) {
        yield `S2: ${claim} belongs to ${claimant} and to ${task.workerId}`;
      }
    }
  }
}

function* oneExecutionPerKey({ executions }: StoreDump): Iterable<string> {
  const seen = new Set<string>();
  for (const { tenantId, workflowId, idempotencyKey } of executions) {
    if (idempotencyKey === undefined) continue;
    const name = JSON.stringify([tenantId, workflowId, idempotencyKey]);
    if (seen.has(name)) yield `S1: two executions have the key ${name}`;
    seen.add(name);
  }
}

function* tasksAreWhatIsLeft({ executions, tasks }: StoreDump): Iterable<string> {
  const named = new Map(tasks.map((task) => [nameOf(task), task]));
  for (const { tenantId, id, status, run, finishedAt, capability } of executions) {
    const name = nameOf({ tenantId, executionId: id });
    const task = named.get(name);
    const ended = status !== 'pending';
    if (ended === (task !== undefined)) {
      yield `S6, S7: ${name} is ${status} ${task ? 'and has a task' : 'without a task'}`;
    }
    if (ended !== (finishedAt !== undefined)) yield `${name} is ${status}, ended at ${finishedAt}`;
    if (task && (task.run !== run || task.capability !== capability)) {
      yield `The task of ${name} is of another run or capability`;
    }
  }
  for (const task of tasks) {
    if ((task.workerId !== undefined) !== (task.status === 'running')) {
      yield `${nameOf(task)} is ${task.status}, owned by ${task.workerId}`;
    }
    if (task.claims < 0) yield `${nameOf(task)} has ${task.claims} claims`;
  }
}

function* rowsHaveTheirExecution(dump: StoreDump): Iterable<string> {
  const names = new Set(
    dump.executions.map(({ tenantId, id }) => nameOf({ tenantId, executionId: id })),
  );
  for (const row of [...dump.tasks, ...dump.checkpoints, ...dump.attempts]) {
    if (!names.has(nameOf(row))) yield `S14: a row of ${nameOf(row)}, which does not exist`;
  }
}

function* writtenStays(before: StoreDump, now: StoreDump): Iterable<string> {
  const kept = new Set([...now.checkpoints, ...now.attempts].map((row) => JSON.stringify(row)));
  for (const row of [...before.checkpoints, ...before.attempts]) {
    if (!kept.has(JSON.stringify(row))) yield `S4: ${JSON.stringify(row)} was changed`;
  }
}

function* endsStay(before: StoreDump, now: StoreDump): Iterable<string> {
  const rows = new Map(now.executions.map((row) => [JSON.stringify([row.tenantId, row.id]), row]));
  for (const row of before.executions) {
    if (row.status === 'pending') continue;
    const later = rows.get(JSON.stringify([row.tenantId, row.id]));
    if (later && later.run > row.run) continue;
    if (JSON.stringify(later) !== JSON.stringify(row)) {
      yield `S6: the ended ${JSON.stringify(row)} became ${JSON.stringify(later)}`;
    }
  }
}
