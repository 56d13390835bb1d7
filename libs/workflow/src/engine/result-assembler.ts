import type { AuditEntry } from '../context/audit-entry.js';
import { settledMetrics } from '../context/live-metrics.js';
import { totalUsage, type StepUsage } from '../context/performance-metrics.js';
import { tenantContextOf, type TenantConfiguration } from '../context/tenant-configuration.js';
import type { CheckedWorkflow } from '../definition/checked-workflow.js';
import type { WorkflowError } from '../result/workflow-error.js';
import type {
  WorkflowMetadata,
  WorkflowOutcome,
  WorkflowStepResult,
} from '../result/workflow-result.js';
import type { Clock } from '../runtime/clock.js';
import type { Codec } from './engine.port.js';
import type { ExecutionSnapshot } from './execution-snapshot.js';
import type { StepCheckpoint } from './journal.port.js';
import type { StartContext } from './owned-execution.js';

/** Turns what is written of an execution into what callers see. */
export class ResultAssembler {
  constructor(
    private readonly codec: Codec,
    private readonly clock: Clock,
  ) {}

  /** The result of an execution that has ended. */
  result(
    snapshot: ExecutionSnapshot,
    tenant: TenantConfiguration,
    workflow: CheckedWorkflow | undefined,
  ): WorkflowOutcome<unknown> {
    const steps = this.steps(snapshot, workflow, NONE_RUNNING);
    const errors = this.decode<WorkflowError[]>(snapshot.errors);
    const fields = {
      message: snapshot.message ?? '',
      ...(errors && errors.length > 0 ? { errors } : {}),
      statusCode: snapshot.statusCode ?? 500,
      metadata: this.metadata(snapshot, tenant, steps, workflow),
      executionTime: this.duration(snapshot),
      tenantId: snapshot.tenantId,
      workflowId: snapshot.workflowId,
    };
    if (snapshot.status !== 'completed') return { success: false, ...fields };
    return {
      success: true,
      data: this.decode(snapshot.output) ?? null,
      ...fields,
      ...(snapshot.degraded ? { degraded: true } : {}),
    };
  }

  /**
   * Every step of the definition, in its order; without the definition, those that have settled.
   *
   * @param running ids of steps known to run; without it, whatever could run is taken to run
   */
  steps(
    snapshot: ExecutionSnapshot,
    workflow: CheckedWorkflow | undefined,
    running: ReadonlySet<string> | undefined,
  ): WorkflowStepResult[] {
    const checkpoints = new Map(
      snapshot.checkpoints.map((checkpoint) => [checkpoint.stepId, checkpoint]),
    );
    if (!workflow) return inTime(snapshot).map((checkpoint) => this.settledStep(checkpoint));
    return workflow.steps.map((step) => {
      const checkpoint = checkpoints.get(step.id);
      if (checkpoint) return this.settledStep(checkpoint, step.name);
      const unsettled = { stepId: step.id, stepName: step.name, success: false, retryCount: 0 };
      if (snapshot.status === 'cancelled') {
        return { ...unsettled, status: 'cancelled', reason: 'The execution was cancelled.' };
      }
      const mayRun =
        snapshot.status === 'running' &&
        step.dependencies.every(({ id }) => checkpoints.get(id)?.status === 'completed');
      const runs = running ? running.has(step.id) : mayRun;
      return { ...unsettled, status: runs ? 'running' : 'pending' };
    });
  }

  errors(snapshot: ExecutionSnapshot): WorkflowError[] {
    const ended = this.decode<WorkflowError[]>(snapshot.errors);
    if (ended) return ended;
    return snapshot.checkpoints.flatMap(
      (checkpoint) => this.decode<WorkflowError[]>(checkpoint.errors) ?? [],
    );
  }

  /** The metadata the execution was started with. */
  startMetadata(snapshot: ExecutionSnapshot): Record<string, unknown> {
    return { ...this.decode<StartContext>(snapshot.context)?.metadata };
  }

  private settledStep(
    checkpoint: StepCheckpoint,
    stepName = checkpoint.stepId,
  ): WorkflowStepResult {
    const { startedAt, finishedAt } = checkpoint;
    const errors = this.decode<WorkflowError[]>(checkpoint.errors);
    return {
      stepId: checkpoint.stepId,
      stepName,
      status: checkpoint.status,
      success: checkpoint.status === 'completed',
      ...(startedAt === undefined
        ? {}
        : { startTime: new Date(startedAt), duration: Math.max(0, finishedAt - startedAt) }),
      endTime: new Date(finishedAt),
      ...(checkpoint.output === undefined ? {} : { data: this.decode(checkpoint.output) }),
      ...(errors ? { errors } : {}),
      retryCount: Math.max(0, checkpoint.attempts - 1),
      ...(checkpoint.reason === undefined ? {} : { reason: checkpoint.reason }),
    };
  }

  private metadata(
    snapshot: ExecutionSnapshot,
    tenant: TenantConfiguration,
    steps: WorkflowStepResult[],
    workflow: CheckedWorkflow | undefined,
  ): WorkflowMetadata {
    const startTime = new Date(snapshot.createdAt);
    const endTime = snapshot.finishedAt === undefined ? undefined : new Date(snapshot.finishedAt);
    const duration = this.duration(snapshot);
    const usages = snapshot.checkpoints.flatMap(({ usage }) =>
      usage === undefined ? [] : [JSON.parse(usage) as StepUsage],
    );
    return {
      executionId: snapshot.executionId,
      startTime,
      ...(endTime ? { endTime } : {}),
      duration,
      workflowVersion: snapshot.workflowVersion,
      steps,
      performance: settledMetrics(totalUsage(usages), startTime, duration, endTime),
      auditTrail: this.auditTrail(snapshot, workflow),
      tenantContext: tenantContextOf(tenant),
    };
  }

  private auditTrail(
    snapshot: ExecutionSnapshot,
    workflow: CheckedWorkflow | undefined,
  ): AuditEntry[] {
    if (snapshot.checkpoints.every(({ audit }) => audit === undefined)) return [];
    return inTime(snapshot, workflow).flatMap(
      ({ audit }) => this.decode<AuditEntry[]>(audit) ?? [],
    );
  }

  private duration({ createdAt, finishedAt }: ExecutionSnapshot): number {
    return Math.max(0, (finishedAt ?? this.clock.now()) - createdAt);
  }

  private decode<T>(text: string | undefined): T | undefined {
    return text === undefined ? undefined : (this.codec.decode(text) as T);
  }
}

/**
 * Checkpoints in the order in which their steps settled, of one moment in definition order. The store
 * gives them in an order of its own, and who asks later must be told the same.
 */
function inTime(
  { checkpoints }: ExecutionSnapshot,
  workflow?: CheckedWorkflow,
): readonly StepCheckpoint[] {
  const indexOf = ({ stepId }: StepCheckpoint): number =>
    workflow?.stepById.get(stepId)?.index ?? 0;
  return [...checkpoints].sort((a, b) => a.finishedAt - b.finishedAt || indexOf(a) - indexOf(b));
}

const NONE_RUNNING: ReadonlySet<string> = new Set();
