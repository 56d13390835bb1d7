import type { LiveMetrics } from '../context/live-metrics.js';
import type { RequestLink } from '../context/request-link.js';
import type { AttemptFrame, ExecutionFrame } from '../context/step-context.js';
import type { TenantConfiguration } from '../context/tenant-configuration.js';
import type { ErrorContext } from '../context/workflow-context.js';
import type { CheckedStep } from '../definition/checked-workflow.js';
import type { AttemptAbort } from './attempt-abort.js';
import type { ExecutionMemory } from './execution-memory.js';
import type { OwnedExecution, StartContext } from './owned-execution.js';

/** What all steps of an owned execution share. */
export class OwnedFrame implements ExecutionFrame {
  readonly startTime: Date;

  constructor(
    private readonly owned: OwnedExecution,
    private readonly start: StartContext,
    readonly tenant: TenantConfiguration,
    readonly link: RequestLink,
    readonly input: unknown,
  ) {
    this.startTime = new Date(owned.createdAt);
  }

  get tenantId(): string {
    return this.owned.tenantId;
  }

  get tenantSlug(): string {
    return this.start.tenantSlug;
  }

  get userId(): string | undefined {
    return this.start.userId;
  }

  get userRole(): string | undefined {
    return this.start.userRole;
  }

  get userPermissions(): readonly string[] {
    return this.start.userPermissions;
  }

  get workflowId(): string {
    return this.owned.workflowId;
  }

  get executionId(): string {
    return this.owned.executionId;
  }

  get dataEncryption(): boolean {
    return this.start.dataEncryption ?? this.tenant.security.encryptionEnabled;
  }
}

/** What belongs to one attempt of a step. */
export class StepFrame implements AttemptFrame {
  readonly data: AttemptFrame['data'];
  readonly metadata: AttemptFrame['metadata'];

  constructor(
    private readonly step: CheckedStep,
    private readonly abort: AttemptAbort,
    private readonly memory: ExecutionMemory,
    readonly metrics: LiveMetrics,
    readonly retryCount: number,
    readonly errorContext: ErrorContext,
    readonly manager: unknown,
  ) {
    const { data, metadata } = memory.viewFor(step);
    this.data = data;
    this.metadata = metadata;
  }

  get stepId(): string {
    return this.step.id;
  }

  get timeout(): number {
    return this.step.timeout;
  }

  get maxRetries(): number {
    return this.step.retry.maxRetries;
  }

  signal(): AbortSignal {
    return this.abort.signal;
  }

  outputOf(stepId: string): unknown {
    return this.memory.outputFor(this.step, stepId);
  }
}
