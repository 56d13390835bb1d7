import type { AuditEntry } from '../context/audit-entry.js';
import type { PerformanceMetrics } from '../context/performance-metrics.js';
import type { TenantContext } from '../context/tenant-configuration.js';
import type { WorkflowError } from './workflow-error.js';

/** Where a step stands. @publicApi */
export type StepStatus = 'pending' | 'running' | 'completed' | 'failed' | 'skipped' | 'cancelled';

/** Where an execution stands. @publicApi */
export type ExecutionStatus =
  'pending' | 'running' | 'waiting' | 'suspended' | 'completed' | 'failed' | 'cancelled';

/**
 * What became of one step.
 *
 * @publicApi
 */
export interface WorkflowStepResult {
  stepId: string;
  stepName: string;
  status: StepStatus;
  success: boolean;
  startTime?: Date;
  endTime?: Date;
  /** Milliseconds. */
  duration?: number;
  data?: unknown;
  errors?: WorkflowError[];
  /** 0 when the first attempt settled it. */
  retryCount: number;
  /** Why the step was skipped or cancelled. */
  reason?: string;
}

/**
 * The circumstances of a result.
 *
 * @publicApi
 */
export interface WorkflowMetadata {
  executionId: string;
  startTime: Date;
  endTime?: Date;
  /** Milliseconds. */
  duration?: number;
  /** Version of the definition the execution ran with. */
  workflowVersion?: string;
  steps: WorkflowStepResult[];
  performance: PerformanceMetrics;
  auditTrail: AuditEntry[];
  tenantContext: TenantContext;
}

/**
 * What every result has beside its verdict and its data.
 *
 * @publicApi
 */
export interface WorkflowResultFields {
  message: string;
  /** Present when there are any. */
  errors?: WorkflowError[];
  /** HTTP status. */
  statusCode?: number;
  metadata?: WorkflowMetadata;
  /** Milliseconds from the start of the execution to the end of its last step. */
  executionTime?: number;
  tenantId?: string;
  workflowId?: string;
  stepId?: string;
  /** Success, but at least one step that is not critical failed or was skipped; `errors` says which. */
  degraded?: boolean;
}

/**
 * The envelope of every operation.
 *
 * @typeParam T type of the data
 * @publicApi
 */
// The mission declares `any` as the default; existing code reads `result.data.userId` from it.
// oxlint-disable-next-line typescript/no-explicit-any
export interface WorkflowResult<T = any> extends WorkflowResultFields {
  success: boolean;
  data?: T;
}

/**
 * What a run resolves to: after a check of `success` the data is typed.
 *
 * @publicApi
 */
export type WorkflowOutcome<T> =
  | (WorkflowResultFields & { success: true; data: T })
  | (WorkflowResultFields & { success: false; data?: undefined });
