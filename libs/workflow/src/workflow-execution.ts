import type { ExecutionStatus, WorkflowStepResult } from './result/workflow-result.js';
import type { WorkflowError } from './result/workflow-error.js';

/**
 * One run of a workflow, as it stands.
 *
 * @publicApi
 */
export interface WorkflowExecution {
  id: string;
  workflowId: string;
  workflowVersion: string;
  tenantId: string;
  userId?: string;
  status: ExecutionStatus;
  /** Why it is suspended. */
  reason?: string;
  startTime: Date;
  endTime?: Date;
  /** The first step, in the order of the definition, that runs at this moment. */
  currentStep?: string;
  results: WorkflowStepResult[];
  errors: WorkflowError[];
  /** Completed without some of its steps. */
  degraded: boolean;
  metadata: Record<string, unknown>;
}

/**
 * How many executions there are.
 *
 * @publicApi
 */
export interface WorkflowStatistics {
  total: number;
  completed: number;
  failed: number;
  running: number;
  cancelled: number;
  /** Percent of the ended executions that completed, 0 to 100; 0 when none has ended. */
  successRate: number;
}

/**
 * Which executions {@link WorkflowManager.getTenantExecutions} returns.
 *
 * @publicApi
 */
export interface ExecutionFilter {
  status?: ExecutionStatus;
  workflowId?: string;
  /** Started at this moment or later. */
  from?: Date;
  /** Started before this moment. */
  to?: Date;
  /** At most so many, 1 to 500. @default 50 */
  limit?: number;
  /** Id of the last execution of the page before; the next page begins behind it. */
  after?: string;
}

export const EXECUTION_STATUSES: readonly ExecutionStatus[] = [
  'pending',
  'running',
  'waiting',
  'suspended',
  'completed',
  'failed',
  'cancelled',
];
