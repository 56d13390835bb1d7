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
    const due = [...tables.tasks.values()].filter(
      (task) =>
        task.visibleAt <= tables.now &&
        capabilities.includes(task.capability) &&
        !tables.held.has(nameOf(task)),
    );
    due.sort((a, b) => a.priority - b.priority || a.visibleAt - b.visibleAt);
    return Promise.resolve(due.slice(0, limit).map((task) => this.take(task, workerId)));
  }

  override extend(workerId: string, held: readonly HeldTask[]): Promise<readonly HeldTask[]> {
    const { tables } = this;
    if (this.lease === undefined) return Promise.resolve([]);
    const isOwn = (key: HeldTask): boolean => {
      const task = tables.tasks.get(nameOf(key));
      return task?.fence === key.fence && task.workerId === workerId;
    };
    for (const key of held.filter(isOwn)) {
      tables.changeTask(key, { visibleAt: tables.leaseEnd });
    }
    return Promise.resolve(held.filter((key) => !isOwn(key)));
  }

  override isolate(workerId: string, suspect: HeldTask): Promise<boolean> {
    const task = this.tables.tasks.get(nameOf(suspect));
    const isOwn = task?.fence === suspect.fence && task.workerId === workerId;
    if (isOwn) this.tables.changeTask(suspect, { claims: CLAIMS_IN_ISOLATION });
    return Promise.resolve(isOwn);
  }

  override recover(): Promise<number> {
    if (this.lease !== undefined) return Promise.resolve(0);
    return Promise.resolve(
      this.changeWhere(
        ({ workerId }) => workerId !== undefined,
        (task) => ({
          status: 'pending',
          workerId: undefined,
          fence: task.fence + 1,
          claims: this.silentClaims(task),
          visibleAt: this.tables.now,
        }),
      ),
    );
  }

  override matchCapabilities(
    capabilities: readonly string[],
  ): Promise<{ suspended: number; resumed: number }> {
    const known = ({ capability }: TaskRow): boolean => capabilities.includes(capability);
    const suspended =
      this.lease === undefined
        ? this.changeWhere(
            (task) => ['pending', 'waiting'].includes(task.status) && !known(task),
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
        task.status === 'suspended' &&
        known(task) &&
        CURABLE.some((reason) => task.reason?.startsWith(reason)),
      () => ({ status: 'pending', reason: undefined, visibleAt: this.tables.now }),
    );
    return Promise.resolve({ suspended, resumed });
  }

  private take(task: TaskRow, workerId: string): OwnedExecution {
    const { tables } = this;
    const { tenantId, executionId, run } = task;
    const execution = tables.executions.get(nameOf(task));
    if (!execution) throw new Error(`The task ${nameOf(task)} has no execution.`);
    const fence = task.fence + 1;
    const counted = this.silentClaims(task);
    const claims = counted === SUSPECT_CLAIMS ? counted : counted + 1;
    const visibleAt = tables.leaseEnd;
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

  /** Owners in a row that ended without a word; one that wrote a checkpoint did not. */
  private silentClaims(task: TaskRow): number {
    if (task.workerId === undefined) return task.claims;
    const spoke = [...this.tables.checkpoints.values()].some(
      (row) => nameOf(row) === nameOf(task) && row.fence === task.fence,
    );
    return spoke ? 0 : task.claims;
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
