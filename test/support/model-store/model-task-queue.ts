import {
  TaskQueue,
  type ClaimRequest,
  type HeldTask,
} from '../../../libs/workflow/src/dispatch/task-queue.port.js';
import {
  CLAIMS_IN_ISOLATION,
  SUSPECT_CLAIMS,
  type OwnedExecution,
} from '../../../libs/workflow/src/engine/owned-execution.js';
import { attemptsOf, checkpointsOf } from './model-reading.js';
import { nameOf, type ModelTables } from './model-tables.js';
import type { TaskRow } from './store-dump.js';

/** Reasons that end when a definition or a tenant comes back. */
const CURABLE = ['DEFINITION_MISSING:', 'TENANT_MISSING:'];

const isCurable = ({ reason }: TaskRow): boolean =>
  CURABLE.some((curable) => reason?.startsWith(curable));

/** Statuses in which a task is waiting for a claim. */
const FREE: Partial<Record<TaskRow['status'], true>> = { pending: true, waiting: true };

/** Due work, with leases or, when one process has the store to itself, without. */
export class ModelTaskQueue extends TaskQueue {
  override readonly lease: number | undefined;

  constructor(private readonly tables: ModelTables) {
    super();
    this.lease = tables.lease;
  }

  override claim({
    workerId,
    limit,
    capabilities,
  }: ClaimRequest): Promise<readonly OwnedExecution[]> {
    const { tables } = this;
    const { rules, now } = tables;
    const due: TaskRow[] = [];
    for (const task of tables.tasks.values()) {
      if (
        rules.holds('claim.due', task.visibleAt <= now) &&
        rules.holds('claim.capability', capabilities.includes(task.capability)) &&
        rules.holds('claim.skips-transactions', !tables.isHeld(task))
      ) {
        due.push(task);
      }
    }
    if (rules.keeps('claim.longest-due-first')) due.sort((a, b) => a.visibleAt - b.visibleAt);
    else due.reverse();
    if (rules.keeps('claim.priority')) due.sort((a, b) => a.priority - b.priority);
    const taken = rules.keeps('claim.limit') ? due.slice(0, limit) : due;
    return Promise.resolve(taken.map((task) => this.take(task, workerId)));
  }

  override dueWithin(
    horizon: number,
    capabilities: readonly string[],
  ): Promise<number | undefined> {
    const { now, rules } = this.tables;
    let next = Infinity;
    for (const { capability, visibleAt } of this.tables.tasks.values()) {
      const known = rules.holds('foresee.known-only', capabilities.includes(capability));
      if (known) next = Math.min(next, visibleAt);
    }
    const isNear = rules.holds('foresee.horizon', next <= now + horizon);
    return Promise.resolve(isNear ? Math.max(0, next - now) : undefined);
  }

  override extend(workerId: string, held: readonly HeldTask[]): Promise<readonly HeldTask[]> {
    const { tables } = this;
    if (this.lease === undefined) return Promise.resolve([]);
    const { rules } = tables;
    const isOwn = (key: HeldTask): boolean => {
      const task = tables.tasks.get(nameOf(key));
      return (
        task !== undefined &&
        rules.holds('extend.fence', task.fence === key.fence) &&
        rules.holds('extend.worker', task.workerId === workerId)
      );
    };
    for (const key of held.filter(isOwn)) {
      if (rules.keeps('extend.leases')) tables.changeTask(key, { visibleAt: tables.leaseEnd });
    }
    const lost = rules.keeps('extend.tells-lost') ? held.filter((key) => !isOwn(key)) : [];
    return Promise.resolve(lost);
  }

  override isolate(workerId: string, suspect: HeldTask): Promise<boolean> {
    const { tables } = this;
    const { rules } = tables;
    const task = tables.tasks.get(nameOf(suspect));
    const isOwn =
      task !== undefined &&
      rules.holds('isolate.fence', task.fence === suspect.fence) &&
      rules.holds('isolate.worker', task.workerId === workerId);
    if (isOwn && rules.keeps('isolate.notes')) {
      tables.changeTask(suspect, { claims: CLAIMS_IN_ISOLATION });
    }
    return Promise.resolve(isOwn);
  }

  override recover(): Promise<number> {
    const { tables } = this;
    const { rules, now } = tables;
    if (!rules.holds('recover.without-leases-only', this.lease === undefined)) {
      return Promise.resolve(0);
    }
    return Promise.resolve(
      this.changeWhere(
        ({ workerId }) => rules.holds('recover.owned-only', workerId !== undefined),
        (task) => ({
          status: 'pending',
          ...(rules.keeps('recover.frees') ? { workerId: undefined } : {}),
          fence: rules.keeps('recover.raises-fence') ? task.fence + 1 : task.fence,
          claims: this.silentClaims(task),
          visibleAt: now,
        }),
      ),
    );
  }

  override matchCapabilities(
    capabilities: readonly string[],
  ): Promise<{ suspended: number; resumed: number }> {
    const { rules } = this.tables;
    const known = ({ capability }: TaskRow): boolean => capabilities.includes(capability);
    const suspends = rules.holds('suspend-unknown.without-leases-only', this.lease === undefined);
    const suspended = suspends
      ? this.changeWhere(
          (task) =>
            rules.holds('suspend-unknown.free-only', task.status in FREE) &&
            rules.holds('suspend-unknown.unknown-only', !known(task)),
          ({ capability }) => ({
            status: 'suspended',
            workerId: undefined,
            visibleAt: Infinity,
            reason: `DEFINITION_MISSING: no registered workflow has the capability "${capability}".`,
          }),
        )
      : 0;
    const resumed = this.changeWhere(
      (task) =>
        rules.holds('resume.suspended-only', task.status === 'suspended') &&
        rules.holds('resume.known-only', known(task)) &&
        rules.holds('resume.curable-only', isCurable(task)),
      () => ({ status: 'pending', reason: undefined, visibleAt: this.tables.now }),
    );
    return Promise.resolve({ suspended, resumed });
  }

  private take(task: TaskRow, workerId: string): OwnedExecution {
    const { tables } = this;
    const { tenantId, executionId, run } = task;
    const execution = tables.executions.get(nameOf(task));
    if (!execution) throw new Error(`The task ${nameOf(task)} has no execution.`);
    const { rules } = tables;
    const fence = rules.keeps('claim.raises-fence') ? task.fence + 1 : task.fence;
    const claims = this.countedClaims(this.silentClaims(task));
    const visibleAt = rules.keeps('claim.leases') ? tables.leaseEnd : task.visibleAt;
    tables.changeTask(task, { status: 'running', workerId, fence, claims, visibleAt });
    return {
      tenantId,
      executionId,
      workflowId: execution.workflowId,
      workflowVersion: execution.workflowVersion,
      capability: execution.capability,
      run,
      fence,
      claims,
      workerId,
      input: execution.input,
      context: execution.context,
      createdAt: execution.createdAt,
      checkpoints: checkpointsOf(tables, task),
      attempts: attemptsOf(tables, task),
    };
  }

  /** A suspect counts no further before it runs alone. */
  private countedClaims(silent: number): number {
    const { rules } = this.tables;
    const isSuspect = silent === SUSPECT_CLAIMS && rules.keeps('claim.suspect-counts-no-further');
    return isSuspect || !rules.keeps('claim.counts') ? silent : silent + 1;
  }

  /** Owners in a row that ended without a word; one that wrote a checkpoint did not. */
  private silentClaims(task: TaskRow): number {
    const { checkpoints, rules } = this.tables;
    if (rules.keeps('claim.freed-is-not-silent') && task.workerId === undefined) return task.claims;
    if (!rules.keeps('claim.checkpoint-speaks')) return task.claims;
    for (const row of checkpoints.values()) {
      if (row.executionId !== task.executionId || row.tenantId !== task.tenantId) continue;
      if (rules.holds('claim.speaks-under-own-fence', row.fence === task.fence)) return 0;
    }
    return task.claims;
  }

  private changeWhere(
    condition: (task: TaskRow) => boolean,
    change: (task: TaskRow) => Partial<TaskRow>,
  ): number {
    const found = [...this.tables.tasks.values()].filter(condition);
    for (const task of found) this.tables.changeTask(task, change(task));
    return found.length;
  }
}
