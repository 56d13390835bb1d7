import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { mergeMap, Observable } from 'rxjs';
import { isWorkflowException, WorkflowException } from '../result/workflow.exception.js';
import type { WorkflowOutcome, WorkflowResult } from '../result/workflow-result.js';
import { Clock } from '../runtime/clock.js';
import { headerValues, type TenantRequest } from '../tenancy/tenant-request.js';
import type { StartedWorkflow } from '../workflow-handle.js';
import { WorkflowManager } from '../workflow-manager.service.js';
import { ExecutionLocation } from './execution-location.js';
import { httpEnvelope } from './http-envelope.js';
import { statusOfResult } from './response-status.js';
import {
  givenInput,
  RUN_WORKFLOW_METADATA,
  type GivenInput,
  type RunWorkflowRoute,
} from './run-workflow-route.js';

const IDEMPOTENCY_HEADER = 'idempotency-key';

/** Starts the workflow of a `@RunWorkflow()` route and waits for as long as the route says. */
@Injectable()
export class RunWorkflowInterceptor implements NestInterceptor {
  constructor(
    private readonly manager: WorkflowManager,
    private readonly reflector: Reflector,
    private readonly adapterHost: HttpAdapterHost,
    private readonly clock: Clock,
    private readonly location: ExecutionLocation,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = this.reflector.get<RunWorkflowRoute | undefined>(
      RUN_WORKFLOW_METADATA,
      context.getHandler(),
    );
    if (!route) return next.handle();
    const given: GivenInput = {};
    return new Observable((subscriber) =>
      givenInput.run(given, () => next.handle().subscribe(subscriber)),
    ).pipe(
      mergeMap((value) =>
        given.value ? this.run(route, given.value.input, context) : Promise.resolve(value),
      ),
    );
  }

  private async run(
    { ref, wait }: RunWorkflowRoute,
    input: unknown,
    context: ExecutionContext,
  ): Promise<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<TenantRequest & { method: string; url: string }>();
    const response = http.getResponse<unknown>();
    const idempotencyKey = idempotencyKeyOf(request);
    const handle = await this.manager.startWorkflow(ref, input, {
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      metadata: {
        method: request.method,
        url: request.url,
        userAgent: headerValues(request, 'user-agent')[0] ?? null,
        ipAddress: (request as { ip?: string }).ip ?? null,
      },
    });
    const settled = handle.accepted ? await this.waitFor(handle, wait) : await handle.result();
    const result: WorkflowResult<unknown> = settled
      ? { ...settled, statusCode: statusOfResult(settled, response) }
      : this.accepted(handle as StartedWorkflow<unknown>, response);
    if (handle.accepted) this.setHeader(response, 'X-Workflow-Id', handle.executionId);
    this.setHeader(response, 'X-Workflow-Status', result.success ? 'success' : 'error');
    this.adapterHost.httpAdapter.status(response, result.statusCode ?? 500);
    return httpEnvelope(result);
  }

  /** The outcome, or nothing when it does not come in time. */
  private async waitFor(
    handle: StartedWorkflow<unknown>,
    wait: number,
  ): Promise<WorkflowOutcome<unknown> | undefined> {
    let cancel = (): void => undefined;
    const expired = new Promise<undefined>((resolve) => {
      cancel = this.clock.schedule(wait, () => resolve(undefined));
    });
    try {
      return await Promise.race([handle.result(), expired]);
    } catch (error) {
      // The execution is durable: another instance, or the next start, brings it to its end.
      if (isWorkflowException(error) && error.code === 'SHUTTING_DOWN') return undefined;
      throw error;
    } finally {
      cancel();
    }
  }

  private accepted(
    { executionId }: StartedWorkflow<unknown>,
    response: unknown,
  ): WorkflowResult<unknown> {
    const location = this.location.of(executionId);
    if (location !== undefined) this.setHeader(response, 'Location', location);
    return {
      success: true,
      message: 'The workflow was accepted and is still running',
      statusCode: 202,
      data: { executionId, ...(location === undefined ? {} : { location }) },
    };
  }

  private setHeader(response: unknown, name: string, value: string): void {
    this.adapterHost.httpAdapter.setHeader(response, name, value);
  }
}

function idempotencyKeyOf(request: TenantRequest): string | undefined {
  const values = headerValues(request, IDEMPOTENCY_HEADER);
  if (values.length <= 1) return values[0];
  throw new WorkflowException(
    'IDEMPOTENCY_KEY_INVALID',
    'The header "Idempotency-Key" must be sent once.',
  );
}
