import type { EntityManager } from 'typeorm';
import type { AuditEntry } from './audit-entry.js';
import type { PerformanceMetrics } from './performance-metrics.js';
import type { RequestLink } from './request-link.js';
import type { TenantConfiguration } from './tenant-configuration.js';
import { WorkflowException } from '../result/workflow.exception.js';
import { type ErrorContext, WorkflowContext } from './workflow-context.js';

/** What all steps of an execution share. */
export interface ExecutionFrame {
  readonly tenantId: string;
  readonly tenantSlug: string;
  readonly tenant: TenantConfiguration;
  readonly userId?: string | undefined;
  readonly userRole?: string | undefined;
  readonly userPermissions: readonly string[];
  readonly workflowId: string;
  readonly executionId: string;
  readonly startTime: Date;
  readonly dataEncryption: boolean;
  readonly link: RequestLink;
  readonly input: unknown;
}

/** What belongs to one attempt. */
export interface AttemptFrame {
  readonly stepId: string;
  readonly timeout: number;
  readonly retryCount: number;
  readonly maxRetries: number;
  signal(): AbortSignal;
  readonly metrics: PerformanceMetrics;
  readonly errorContext: ErrorContext;
  /** The merged writes of the dependencies; frozen values. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  outputOf(stepId: string): unknown;
  /** Of the transaction of a transactional step. */
  readonly manager?: unknown;
}

/** Keys a step wrote and keys it removed. */
export interface RecordChange {
  readonly set: Readonly<Record<string, unknown>>;
  readonly removed: readonly string[];
}

/** The {@link WorkflowContext} of one attempt. */
export class StepContext extends WorkflowContext {
  override data: Record<string, unknown>;
  override metadata: Record<string, unknown>;
  override dataEncryption: boolean;
  override readonly auditTrail: AuditEntry[] = [];
  // Hard-private, so that a spread or JSON of the context shows what the step may see and no more.
  readonly #execution: ExecutionFrame;
  readonly #attempt: AttemptFrame;
  #copiedTenant: TenantConfiguration | undefined;

  constructor(execution: ExecutionFrame, attempt: AttemptFrame) {
    super();
    this.#execution = execution;
    this.#attempt = attempt;
    this.data = { ...attempt.data };
    this.metadata = { ...attempt.metadata };
    this.dataEncryption = execution.dataEncryption;
  }

  override get request(): unknown {
    return this.#execution.link.request;
  }

  override get response(): unknown {
    return this.#execution.link.response;
  }

  override get tenantId(): string {
    return this.#execution.tenantId;
  }

  override get tenantSlug(): string {
    return this.#execution.tenantSlug;
  }

  override get tenantConfig(): TenantConfiguration {
    return (this.#copiedTenant ??= structuredClone(this.#execution.tenant));
  }

  override get userId(): string | undefined {
    return this.#execution.userId;
  }

  override get userRole(): string | undefined {
    return this.#execution.userRole;
  }

  override get userPermissions(): string[] {
    return [...this.#execution.userPermissions];
  }

  override get workflowId(): string {
    return this.#execution.workflowId;
  }

  override get executionId(): string {
    return this.#execution.executionId;
  }

  override get stepId(): string {
    return this.#attempt.stepId;
  }

  override get startTime(): Date {
    return this.#execution.startTime;
  }

  override get timeout(): number {
    return this.#attempt.timeout;
  }

  override get retryCount(): number {
    return this.#attempt.retryCount;
  }

  override get maxRetries(): number {
    return this.#attempt.maxRetries;
  }

  override get isTenantIsolated(): boolean {
    return true;
  }

  override get crossTenantAccess(): boolean {
    return false;
  }

  override get performanceMetrics(): PerformanceMetrics {
    return this.#attempt.metrics;
  }

  override get errorContext(): ErrorContext {
    return this.#attempt.errorContext;
  }

  override get input(): unknown {
    return this.#execution.input;
  }

  override get signal(): AbortSignal {
    return this.#attempt.signal();
  }

  override get manager(): EntityManager {
    const { manager, stepId } = this.#attempt;
    if (manager !== undefined) return manager as EntityManager;
    throw noTransaction(stepId);
  }

  override getOutput<T = unknown>(stepId: string): T {
    return this.#attempt.outputOf(stepId) as T;
  }

  /**
   * What the step did to `data` and `metadata`, or nothing.
   *
   * @throws `SERIALIZATION_FAILED` when it put something else than an object in their place
   */
  changes(): { data: RecordChange; metadata: RecordChange } | undefined {
    const data = changeOf(this.#attempt.data, this.data, 'data');
    const metadata = changeOf(this.#attempt.metadata, this.metadata, 'metadata');
    return data || metadata
      ? { data: data ?? UNCHANGED, metadata: metadata ?? UNCHANGED }
      : undefined;
  }
}

/** Also what a context outside an execution answers with. */
export const noTransaction = (stepId: string): WorkflowException =>
  new WorkflowException(
    'TRANSACTION_REQUIRED',
    `context.manager is not available in step "${stepId}". Fix: @Step({ transactional: true }).`,
  );

const UNCHANGED: RecordChange = { set: {}, removed: [] };

function changeOf(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  name: string,
): RecordChange | undefined {
  if (!isRecord(after)) {
    throw new WorkflowException(
      'SERIALIZATION_FAILED',
      `context.${name} was replaced by something that is not an object with keys.`,
    );
  }
  const removed = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  const written = Object.keys(after).filter(
    (key) => !Object.hasOwn(before, key) || !Object.is(before[key], after[key]),
  );
  if (removed.length === 0 && written.length === 0) return undefined;
  return { set: Object.fromEntries(written.map((key) => [key, after[key]])), removed };
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
