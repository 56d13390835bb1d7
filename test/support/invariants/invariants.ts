import { nameOf } from '../model-store/model-tables.js';
import type { StoreDump } from '../model-store/store-dump.js';
import { violationsOf } from './momentary.js';
import type { Rule } from './rule.js';
import { STORE_RULES } from './store-rules.js';

/** What must hold of a store at any moment, and from one moment to the next. */
export class Invariants {
  private readonly fences = new Map<string, number>();
  private readonly claimants = new Map<string, string>();
  private before: StoreDump | undefined;

  constructor(private readonly rules: readonly Rule[] = STORE_RULES) {}

  /** Looks at the next moment. @throws when something does not hold */
  observe(now: StoreDump): void {
    const violations = [
      ...violationsOf(now, this.rules).map((violation) => Object.values(violation).join(' ')),
      ...this.fencesGrow(now),
      ...this.oneClaimantPerFence(now),
      ...(this.before ? [...writtenStays(this.before, now), ...endsStay(this.before, now)] : []),
    ];
    this.before = now;
    if (violations.length > 0) throw new Error(violations.join('\n'));
  }

  private *fencesGrow({ executions, tasks }: StoreDump): Iterable<string> {
    const owned = new Set(tasks.map((task) => nameOf(task)));
    const ended = executions
      .map(({ tenantId, id, fence }) => ({ tenantId, executionId: id, fence }))
      .filter((row) => !owned.has(nameOf(row)));
    for (const row of [...ended, ...tasks]) {
      const name = nameOf(row);
      const highest = this.fences.get(name) ?? 0;
      if (row.fence < highest) {
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
    // Its key may expire and go to another one.
    const expired = later && later.idempotencyKey === undefined;
    const compared = expired ? { ...row, idempotencyKey: undefined } : row;
    if (JSON.stringify(later) !== JSON.stringify(compared)) {
      yield `S6: the ended ${JSON.stringify(row)} became ${JSON.stringify(later)}`;
    }
  }
}
