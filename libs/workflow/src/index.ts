export type { AuditEntry } from './context/audit-entry.js';
export { WorkflowUtils } from './context/create-context.js';
export type { PerformanceMetrics } from './context/performance-metrics.js';
export type {
  DataRetentionPolicy,
  PasswordPolicy,
  TenantBranding,
  TenantConfiguration,
  TenantContext,
  TenantLimits,
  TenantSecurity,
} from './context/tenant-configuration.js';
export { WorkflowContext, type ErrorContext } from './context/workflow-context.js';
export { Step, type HasSteps, type StepOptions } from './decorators/step.decorator.js';
export {
  Context,
  StepOutput,
  WorkflowInput,
  type StepOutputType,
} from './decorators/step-parameters.decorator.js';
export {
  Workflow,
  type WorkflowClass,
  type WorkflowOptions,
} from './decorators/workflow.decorator.js';
export { DefinitionInvalidException, type DefinitionFault } from './definition/definition-fault.js';
export type { RetryPolicy } from './definition/retry-policy.js';
export type {
  ErrorStrategy,
  WorkflowDefinition,
  WorkflowErrorHandling,
  WorkflowStep,
  WorkflowStepHandler,
  WorkflowStepType,
} from './definition/workflow-definition.js';
export { WORKFLOW_CONTEXT_TYPE } from './discovery/step-handlers.js';
export type { Duration } from './duration.js';
export { RunWorkflow, type RunWorkflowOptions } from './http/run-workflow.decorator.js';
export { WorkflowExceptionFilter } from './http/workflow-exception.filter.js';
export { WorkflowResultInterceptor } from './http/workflow-result.interceptor.js';
export { DEFAULT_PAYLOAD_LIMITS, type PayloadLimits } from './payload/payload-limits.js';
export { createWorkflowError } from './result/create-workflow-error.js';
export { ERROR_CATALOGUE, type CatalogueEntry, type ErrorCode } from './result/error-catalogue.js';
export {
  createErrorResult,
  createSuccessResult,
  isWorkflowResult,
} from './result/result-builders.js';
export type { WorkflowError } from './result/workflow-error.js';
export {
  isWorkflowException,
  NonRetryableError,
  WorkflowException,
} from './result/workflow.exception.js';
export type {
  ExecutionStatus,
  StepStatus,
  WorkflowMetadata,
  WorkflowOutcome,
  WorkflowResult,
  WorkflowResultFields,
  WorkflowStepResult,
} from './result/workflow-result.js';
export { Clock, type CancelTimer } from './runtime/clock.js';
export { IdGenerator } from './runtime/id-generator.js';
export { Random } from './runtime/random.js';
export { WorkflowHealth, type HealthReport } from './runtime/workflow-health.js';
export type { TenancyOptions, TenantDirectory } from './tenancy/tenancy-options.js';
export { TenantOptional } from './tenancy/tenant-optional.decorator.js';
export { TenantGuard } from './tenancy/tenant.guard.js';
export type { Principal } from './tenancy/tenant-scope.js';
export type {
  ExecutionFilter,
  WorkflowExecution,
  WorkflowStatistics,
} from './workflow-execution.js';
export type { RefusedWorkflow, StartedWorkflow, WorkflowHandle } from './workflow-handle.js';
export { WorkflowManager, type StartOptions } from './workflow-manager.service.js';
export { WorkflowModule } from './workflow.module.js';
export type {
  WorkflowLimitOptions,
  WorkflowModuleExtras,
  WorkflowModuleOptions,
  WorkflowStoreOptions,
} from './workflow-options.interface.js';
export type { WorkflowData, WorkflowReference } from './workflow-reference.js';
