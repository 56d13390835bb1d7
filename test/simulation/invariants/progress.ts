import { nameOf, type ModelTables } from '../../support/model-store/model-tables.js';
import type { TaskRow } from '../../support/model-store/store-dump.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Worker } from '../cluster/worker.js';
import type { Users } from '../load/users.js';
import type { Plan } from '../load/plan.js';
import { definitionsOf } from '../load/workflows.js';
import type { Check, Report } from './moment.js';

/**
 * An idle worker polls; with leases it also beats, looks for results and looks ahead; and it listens
 * whether it hears.
 */
const idleTimers = ({ embedded, notifications }: Plan): number =>
  (embedded ? 1 : 4) + (notifications ? 1 : 0);

/** Reasons that only somebody outside can take away. */
const WAITING_FOR = /^(TENANT_MISSING|PAYLOAD_UNREADABLE):/;

/** L1 to L5: once nothing goes wrong any more, everything ends, and everybody is as at the beginning. */
export class Progress {
  /** Workers that have asked for work with all their slots since nothing was left. */
  private idle: Set<Worker> | undefined;
  private quietSince = 0;

  constructor(
    private readonly plan: Plan,
    private readonly tables: ModelTables,
    private readonly cluster: Cluster,
    private readonly users: Users,
    private readonly now: () => number,
  ) {}

  /** Virtual milliseconds after the faults by which everything must have ended. */
  get patience(): number {
    return this.plan.lease * 60 + 300_000;
  }

  readonly check: Check = ({ subject, life }) => {
    if (!this.idle || subject.kind !== 'claim') return;
    const worker = this.cluster.workers.find((each) => each.life === life);
    if (worker && subject.request.limit === this.plan.concurrency) this.idle.add(worker);
  };

  /** Whether all has ended and everybody is idle. */
  get isDone(): boolean {
    if (!this.nothingIsLeft()) {
      this.idle = undefined;
      return false;
    }
    if (!this.idle) {
      this.idle = new Set();
      this.quietSince = this.now();
    }
    const { workers } = this.cluster;
    return workers.every((each) => this.idle?.has(each)) && this.leftovers().length === 0;
  }

  /** Why it is not done although its time is over. */
  reportStuck(report: Report): void {
    for (const task of this.tables.tasks.values()) {
      if (this.isNamed(task)) continue;
      const { status, visibleAt, reason, workerId, fence } = task;
      const due = visibleAt - this.tables.now;
      report(
        'L1',
        `${nameOf(task)}/${fence} is ${status} ${reason ?? ''}, of ${workerId ?? 'nobody'}, due in ${due} ms, and does not end`,
      );
    }
    for (const { worker, executionId } of this.waiters()) {
      report('L2', `${worker.life.name} waits for ${executionId}, and is not told of its end`);
    }
    for (const { life, ready } of this.cluster.workers) {
      if (!ready) report('L4', `${life.name} does not get ready`);
      else if (this.idle && ![...this.idle].some((worker) => worker.life === life)) {
        report('L5', `${life.name} does not ask for work with all its slots`);
      }
    }
    if (!this.idle) return;
    const since = this.now() - this.quietSince;
    for (const left of this.leftovers()) report('L5', `${left} ${since} ms after the last end`);
  }

  /** What is not as it was at the beginning. */
  private leftovers(): readonly string[] {
    const expected = idleTimers(this.plan);
    const found: string[] = [];
    for (const { life, clock, runtime } of this.cluster.workers) {
      if (clock.pending > expected) found.push(`${life.name} has ${clock.pending} timers`);
      for (const { tenantId, id } of this.tables.executions.values()) {
        if (runtime.runningSteps({ tenantId, executionId: id })) {
          found.push(`${life.name} still holds ${id}`);
        }
      }
    }
    return found;
  }

  private nothingIsLeft(): boolean {
    for (const task of this.tables.tasks.values()) if (!this.isNamed(task)) return false;
    if (!this.cluster.workers.every(({ serves }) => serves)) return false;
    if (this.users.asking.some(({ life }) => !life.dead)) return false;
    return this.waiters().length === 0;
  }

  /** Callers whose execution has ended, and who have not been told. */
  private waiters(): readonly { readonly worker: Worker; readonly executionId: string }[] {
    return [...this.users.waiting].filter(({ worker, executionId }) => {
      if (worker.life.dead) return false;
      for (const { id, status } of this.tables.executions.values()) {
        if (id === executionId) return status !== 'pending';
      }
      return true;
    });
  }

  /** Nobody who lives can run it, or can read it, or knows its tenant: it waits for somebody to do something. */
  private isNamed(task: TaskRow): boolean {
    if (task.status === 'suspended' && WAITING_FOR.test(task.reason ?? '')) return true;
    return !this.cluster.workers.some(({ release }) =>
      definitionsOf(this.plan.unit, release).withCapability(task.capability),
    );
  }
}
