import { Injectable, type Type } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { WORKFLOW_METADATA } from './decorators/decorator-metadata.js';
import type { WorkflowOptions } from './decorators/workflow.decorator.js';
import type { WorkflowDefinition } from './definition/workflow-definition.js';
import { WorkflowDefinitions } from './discovery/workflow.definitions.js';
import { WorkflowRegistrar } from './discovery/workflow.registrar.js';
import type { ExecutionSnapshot } from './engine/execution-snapshot.js';
import type { WorkflowContext } from './context/workflow-context.js';
import type { ExecutionStore } from './dispatch/execution-store.port.js';
import { checkedFilter, checkedId } from './execution-query.js';
import { executionView } from './execution-view.js';
import { executionNotFound } from './result/execution.exceptions.js';
import { refusal } from './result/refusal.js';
import type { ExecutionStatus, WorkflowOutcome } from './result/workflow-result.js';
import { isWorkflowException, WorkflowException } from './result/workflow.exception.js';
import type { TenantAccess } from './tenancy/tenant-access.js';
import type { ResolvedTenant } from './tenancy/tenant-scope.js';
import {
  EXECUTION_STATUSES,
  type ExecutionFilter,
  type WorkflowExecution,
  type WorkflowStatistics,
} from './workflow-execution.js';
import type { WorkflowHandle } from './workflow-handle.js';
import type { WorkflowData, WorkflowReference } from './workflow-reference.js';
import { WorkflowRuntime } from './workflow-runtime.js';

/**
 * What a start may say beside its input.
 *
 * @publicApi
 */
export interface StartOptions {
  /**
   * A second start with this key joins the execution of the first, per tenant and workflow; with
   * another input it is refused with `IDEMPOTENCY_MISMATCH`. 1 to 255 visible ASCII characters.
   */
  idempotencyKey?: string;
  /** First value of `context.data`. @default {} */
  data?: Record<string, unknown>;
  /** First value of `context.metadata`. @default {} */
  metadata?: Record<string, unknown>;
  /**
   * EntityManager of a transaction of the DataSource that executions are kept in: the start commits,
   * or vanishes, with what else the transaction writes. The run begins right after the commit; do not
   * wait for its result inside.
   */
  manager?: EntityManager;
}

/** What a start is given beside its workflow and its input. */
type PreparedStart = Omit<Parameters<WorkflowRuntime['start']>[0], 'workflow' | 'input'>;

/**
 * Starts, reads and stops executions. Everything it does is done for the tenant of the call: that of
 * the request, or of {@link runAsTenant}. Without one it refuses with `TENANT_CONTEXT_MISSING`.
 *
 * @publicApi
 */
@Injectable()
export class WorkflowManager {
  constructor(
    private readonly runtime: WorkflowRuntime,
    private readonly definitions: WorkflowDefinitions,
    private readonly registrar: WorkflowRegistrar,
  ) {}

  /**
   * Adds a definition written by hand. Executions that were waiting for it go on.
   *
   * @param workflow `this` of the handlers
   * @throws `DEFINITION_INVALID` with every fault of the definition
   */
  registerWorkflow(workflow: object, definition: WorkflowDefinition): void {
    this.registrar.registerDefinition(workflow, definition);
    this.runtime.definitionsChanged();
  }

  /**
   * Starts an execution. It is durable when the promise resolves.
   *
   * @param ref the class or the id; an id starts its highest version
   * @returns a handle, also when the start is refused; its result says why
   * @throws `STORE_UNAVAILABLE` when the database does not answer
   */
  startWorkflow<R extends WorkflowReference, T = WorkflowData<R>>(
    ref: R,
    input?: unknown,
    options: StartOptions = {},
  ): Promise<WorkflowHandle<T>> {
    return this.starting<T>(ref, input, ({ tenant, principal }) => ({
      tenant,
      context: {
        tenantSlug: tenant.slug,
        ...principal,
        data: options.data ?? {},
        metadata: options.metadata ?? {},
      },
      idempotencyKey: options.idempotencyKey,
      manager: options.manager,
    }));
  }

  /**
   * Starts an execution and waits for its end.
   *
   * @returns the envelope; after a check of `success` its data is typed
   * @throws `STORE_UNAVAILABLE` when the database does not answer
   */
  async runWorkflow<R extends WorkflowReference, T = WorkflowData<R>>(
    ref: R,
    input?: unknown,
    options: StartOptions = {},
  ): Promise<WorkflowOutcome<T>> {
    const handle = await this.startWorkflow<R, T>(ref, input, options);
    return handle.result();
  }

  /**
   * Starts an execution from a context made by `WorkflowUtils.createContext()` and waits for its
   * end. The context's `data` is the input and the first `context.data`.
   *
   * @throws `STORE_UNAVAILABLE` when the database does not answer
   */
  async executeWorkflow<T extends object = Record<string, unknown>>(
    ref: WorkflowReference,
    context: WorkflowContext,
  ): Promise<WorkflowOutcome<T>> {
    // The context is an argument like any other: the tenant it names must be that of the scope.
    const named = context.tenantId;
    const prepare = ({ tenant }: ResolvedTenant): PreparedStart => {
      const { userId, userRole, userPermissions, data, metadata, dataEncryption } = context;
      return {
        tenant,
        context: {
          tenantSlug: tenant.slug,
          userId,
          userRole,
          userPermissions,
          data,
          metadata,
          ...(dataEncryption ? { dataEncryption } : {}),
        },
        http: requestOf(context),
      };
    };
    const handle = await this.starting<T>(ref, context.data, prepare, { named });
    return handle.result();
  }

  /**
   * An execution of the tenant, or nothing when the tenant has none with this id.
   *
   * @throws `ID_INVALID` for what cannot be an id
   */
  async getExecutionStatus(executionId: string): Promise<WorkflowExecution | undefined> {
    const tenantId = await this.requireTenantId();
    const key = { tenantId, executionId: checkedId(executionId) };
    const snapshot = await this.store.find(key);
    if (!snapshot) {
      this.tenants.noteMissing(executionNotFound(executionId));
      return undefined;
    }
    return this.view(snapshot);
  }

  /**
   * Executions of a tenant, newest first. The next page begins behind the last id of this one:
   * `getTenantExecutions(tenant, { after: page.at(-1)?.id })`.
   *
   * @param tenantId must be the tenant of the call; the system scope may name any
   * @throws `TENANT_MISMATCH`, `FILTER_INVALID`
   */
  async getTenantExecutions(
    tenantId?: string,
    filter: ExecutionFilter = {},
  ): Promise<WorkflowExecution[]> {
    const tenant = await this.tenants.requireFor(tenantId);
    if (tenant === undefined) throw missingTenant();
    const snapshots = await this.store.list({ tenantId: tenant, ...checkedFilter(filter) });
    return snapshots.map((snapshot) => this.view(snapshot));
  }

  /**
   * Ids of the workflows a tenant may start.
   *
   * @throws `TENANT_MISMATCH`
   */
  async getTenantWorkflows(tenantId?: string): Promise<string[]> {
    await this.tenants.requireFor(tenantId);
    return [...this.definitions.ids];
  }

  /**
   * Ends an execution that has not ended: what runs is told to stop through `context.signal`, and
   * whatever it still returns is dropped.
   *
   * @returns false when it had ended already
   * @throws `EXECUTION_NOT_FOUND`, `ID_INVALID`
   */
  async cancelExecution(executionId: string): Promise<boolean> {
    const key = { tenantId: await this.requireTenantId(), executionId: checkedId(executionId) };
    return this.runtime.cancel(key);
  }

  /**
   * Runs a failed execution again: steps that completed keep their outputs, the others run.
   *
   * @param _context accepted for the sake of older code; the execution keeps its own
   * @returns the envelope of the new run, or of the refusal
   */
  async retryExecution<T extends object = Record<string, unknown>>(
    executionId: string,
    _context?: WorkflowContext,
  ): Promise<WorkflowOutcome<T>> {
    try {
      const { tenant } = await this.tenants.require();
      const key = { tenantId: tenant.id, executionId: checkedId(executionId) };
      return (await this.runtime.retry(key, tenant)) as WorkflowOutcome<T>;
    } catch (error) {
      return refusal(error);
    }
  }

  /**
   * Counts of a tenant's executions; in the system scope without a tenant, of all of them.
   *
   * @throws `TENANT_MISMATCH`
   */
  async getWorkflowStatistics(tenantId?: string): Promise<WorkflowStatistics> {
    const counts = await this.store.countByStatus(await this.tenants.requireFor(tenantId));
    const count = (...statuses: ExecutionStatus[]): number =>
      statuses.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0);
    const completed = count('completed');
    const ended = count('completed', 'failed', 'cancelled');
    return {
      total: count(...EXECUTION_STATUSES),
      completed,
      failed: count('failed'),
      running: count('running', 'pending', 'waiting', 'suspended'),
      cancelled: count('cancelled'),
      successRate: ended === 0 ? 0 : (completed / ended) * 100,
    };
  }

  /**
   * Does work for a tenant outside a request.
   *
   * @param tenant id or slug
   * @throws `TENANT_FORBIDDEN` when the directory does not have it
   */
  runAsTenant<T>(tenant: string, work: () => Promise<T> | T): Promise<T> {
    return this.tenants.runAsTenant(tenant, work);
  }

  /**
   * Does work that looks across tenants: reads that name their tenant, and statistics of all. To
   * start something, name the tenant with {@link runAsTenant} inside.
   *
   * @param reason why; it is logged
   */
  runAsSystem<T>(reason: string, work: () => Promise<T> | T): Promise<T> {
    this.runtime.noteSystemScope(reason);
    return this.tenants.runAsSystem(reason, work);
  }

  /** Faults of the caller become an envelope; only a store that does not answer rejects. */
  private async starting<T>(
    ref: WorkflowReference,
    input: unknown,
    prepare: (resolved: ResolvedTenant) => PreparedStart,
    check?: { readonly named: string | undefined },
  ): Promise<WorkflowHandle<T>> {
    try {
      if (check) await this.tenants.requireFor(check.named);
      const prepared = prepare(this.tenants.known ?? (await this.tenants.require()));
      const workflow = this.definitions.latest(idOf(ref));
      if (!workflow) throw unknownWorkflow(ref);
      const handle = await this.runtime.start({
        ...prepared,
        workflow,
        input,
        http: prepared.http ?? this.tenants.http,
      });
      return handle as WorkflowHandle<T>;
    } catch (error) {
      const refused = refusal(error);
      return {
        accepted: false,
        executionId: undefined,
        result: () => Promise.resolve(refused),
      };
    }
  }

  private view(snapshot: ExecutionSnapshot): WorkflowExecution {
    return executionView(
      snapshot,
      this.runtime.assembler,
      this.definitions.withCapability(snapshot.capability),
      this.runtime.runningSteps(snapshot),
    );
  }

  private async requireTenantId(): Promise<string> {
    return (await this.tenants.require()).tenant.id;
  }

  private get tenants(): TenantAccess {
    return this.runtime.tenants;
  }

  private get store(): ExecutionStore {
    return this.runtime.store;
  }
}

function idOf(ref: WorkflowReference): string {
  if (typeof ref === 'string') return ref;
  const metadata = Reflect.getOwnMetadata(WORKFLOW_METADATA, ref) as WorkflowOptions | undefined;
  return metadata?.id ?? '';
}

/** A context made for a request has it; that of a step has it only while the request lives. */
function requestOf(context: WorkflowContext): { request: unknown; response: unknown } | undefined {
  try {
    const { request, response } = context;
    return request === undefined || request === null ? undefined : { request, response };
  } catch (error) {
    if (isWorkflowException(error) && error.code === 'REQUEST_UNAVAILABLE') return undefined;
    throw error;
  }
}

const unknownWorkflow = (ref: WorkflowReference): WorkflowException =>
  new WorkflowException(
    'WORKFLOW_NOT_FOUND',
    typeof ref === 'string'
      ? `There is no workflow with the id "${ref.slice(0, 255)}".`
      : `"${(ref as Type<object>).name}" is not a registered workflow. Decorate it with @Workflow() and add it to the providers of a module.`,
  );

const missingTenant = (): WorkflowException =>
  new WorkflowException(
    'TENANT_CONTEXT_MISSING',
    'In the system scope a list of executions must name its tenant.',
  );
