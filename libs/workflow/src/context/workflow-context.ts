import type { EntityManager } from 'typeorm';
import type { AuditEntry } from './audit-entry.js';
import type { PerformanceMetrics } from './performance-metrics.js';
import type { TenantConfiguration } from './tenant-configuration.js';

/**
 * What went wrong with the attempt before this one.
 *
 * @publicApi
 */
export interface ErrorContext {
  hasError: boolean;
  errorType?: string;
  errorMessage?: string;
  errorCode?: string;
  errorStack?: string;
  retryable: boolean;
  userFriendlyMessage: string;
}

/**
 * What a step sees of its execution. An abstract class instead of an interface, so that it can be
 * the type of a decorated parameter.
 *
 * A step sees the input, and the `data` and `metadata` that its dependencies wrote, each over those
 * it depends on, else merged in definition order; never what a parallel step writes. Assigning a
 * top-level key writes it: the write is part of the step's checkpoint. Values are frozen.
 *
 * @typeParam TRequest the platform's request type
 * @typeParam TResponse the platform's response type
 * @publicApi
 */
export abstract class WorkflowContext<TRequest = unknown, TResponse = unknown> {
  /** The HTTP request that started the execution. @throws `REQUEST_UNAVAILABLE` when it is gone */
  abstract readonly request: TRequest;
  /** The HTTP response of that request. @throws `REQUEST_UNAVAILABLE` when it is gone */
  abstract readonly response: TResponse;

  abstract readonly tenantId: string;
  abstract readonly tenantSlug: string;
  /** A copy: changing it changes nothing but this object. */
  abstract readonly tenantConfig: TenantConfiguration;

  abstract readonly userId?: string | undefined;
  abstract readonly userRole?: string | undefined;
  abstract readonly userPermissions: string[];

  abstract data: Record<string, unknown>;
  abstract metadata: Record<string, unknown>;

  /** Id of the definition. */
  abstract readonly workflowId: string;
  /** Id of this run of it. */
  abstract readonly executionId: string;
  /** `initial` before the first step. */
  abstract readonly stepId: string;
  abstract readonly startTime: Date;
  /** Milliseconds this attempt may take. */
  abstract readonly timeout: number;
  /** Repeats of this step so far; 0 during the first attempt. */
  abstract readonly retryCount: number;
  abstract readonly maxRetries: number;

  abstract readonly isTenantIsolated: boolean;
  abstract readonly crossTenantAccess: boolean;
  abstract dataEncryption: boolean;

  abstract readonly performanceMetrics: PerformanceMetrics;
  abstract readonly errorContext: ErrorContext;
  /** Entries pushed by a step are part of its checkpoint. */
  abstract readonly auditTrail: AuditEntry[];

  /** What the execution was started with. */
  abstract readonly input: unknown;
  /** Aborts when the attempt times out, the execution is cancelled, or another step fails it. */
  abstract readonly signal: AbortSignal;

  /**
   * The EntityManager of the transaction that also commits this step's checkpoint.
   *
   * @throws `TRANSACTION_REQUIRED` in a step that is not `transactional`
   */
  abstract readonly manager: EntityManager;

  /**
   * The output of a step this one depends on, directly or not.
   *
   * @throws `STEP_OUTPUT_MISSING` when the step is not among the dependencies or did not complete
   */
  abstract getOutput<T = unknown>(stepId: string): T;
}
