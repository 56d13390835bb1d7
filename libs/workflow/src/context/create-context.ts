import { presentMoment } from '../runtime/clock.js';
import type { AuditEntry } from './audit-entry.js';
import { settledMetrics } from './live-metrics.js';
import { noUsage, type PerformanceMetrics } from './performance-metrics.js';
import { WorkflowException } from '../result/workflow.exception.js';
import { noTransaction } from './step-context.js';
import type { TenantConfiguration } from './tenant-configuration.js';
import { type ErrorContext, WorkflowContext } from './workflow-context.js';

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_MAX_RETRIES = 3;

/** A context made outside an execution, for {@link WorkflowManager.executeWorkflow}. */
class PreparedContext<TRequest, TResponse> extends WorkflowContext<TRequest, TResponse> {
  override data: Record<string, unknown> = {};
  override metadata: Record<string, unknown> = {};
  override dataEncryption: boolean;
  override readonly workflowId = '';
  override readonly executionId = '';
  override readonly stepId = 'initial';
  override readonly startTime = presentMoment();
  override readonly timeout = DEFAULT_TIMEOUT;
  override readonly retryCount = 0;
  override readonly maxRetries = DEFAULT_MAX_RETRIES;
  override readonly isTenantIsolated = true;
  override readonly crossTenantAccess = false;
  override readonly userPermissions: string[];
  override readonly performanceMetrics: PerformanceMetrics;
  override readonly auditTrail: AuditEntry[] = [];
  override readonly errorContext: ErrorContext = {
    hasError: false,
    retryable: true,
    userFriendlyMessage: '',
  };
  override readonly signal = new AbortController().signal;
  override readonly tenantConfig: TenantConfiguration;

  constructor(
    override readonly request: TRequest,
    override readonly response: TResponse,
    override readonly tenantId: string,
    override readonly tenantSlug: string,
    tenantConfig: TenantConfiguration,
    override readonly userId?: string,
    override readonly userRole?: string,
  ) {
    super();
    this.tenantConfig = structuredClone(tenantConfig);
    this.dataEncryption = tenantConfig.security.encryptionEnabled;
    this.performanceMetrics = settledMetrics(noUsage(), this.startTime, 0);
    const { user } = (request ?? {}) as { user?: { permissions?: unknown } };
    this.userPermissions = Array.isArray(user?.permissions)
      ? user.permissions.filter(
          (permission): permission is string => typeof permission === 'string',
        )
      : [];
  }

  override get input(): unknown {
    return this.data;
  }

  override get manager(): never {
    throw noTransaction(this.stepId);
  }

  override getOutput<T>(stepId: string): T {
    throw new WorkflowException(
      'STEP_OUTPUT_MISSING',
      `The output of "${stepId}" is not available before the execution has started.`,
    );
  }
}

/**
 * What older code makes contexts with.
 *
 * @publicApi
 */
export const WorkflowUtils = Object.freeze({
  /** A context for `executeWorkflow()`. Its `data` is the input; it is empty until it is set. */
  createContext<TRequest, TResponse>(
    request: TRequest,
    response: TResponse,
    tenantId: string,
    tenantSlug: string,
    tenantConfig: TenantConfiguration,
    userId?: string,
    userRole?: string,
  ): WorkflowContext<TRequest, TResponse> {
    return new PreparedContext(
      request,
      response,
      tenantId,
      tenantSlug,
      tenantConfig,
      userId,
      userRole,
    );
  },
});
