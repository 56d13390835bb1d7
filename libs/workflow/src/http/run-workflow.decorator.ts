import {
  applyDecorators,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { Duration } from '../duration.js';
import { milliseconds } from '../duration.js';
import { TenantGuard } from '../tenancy/tenant.guard.js';
import type { WorkflowReference } from '../workflow-reference.js';
import { bodyIndex } from './route-metadata.js';
import { RunWorkflowInterceptor } from './run-workflow.interceptor.js';
import { givenInput, RUN_WORKFLOW_METADATA, type RunWorkflowRoute } from './run-workflow-route.js';
import { WorkflowExceptionFilter } from './workflow-exception.filter.js';

/**
 * Options of {@link RunWorkflow}.
 *
 * @publicApi
 */
export interface RunWorkflowOptions {
  /**
   * How long a request waits for the result; after that it is answered with 202 and `Location`.
   *
   * @default '30s'
   */
  wait?: Duration;
  /**
   * Makes the input from the parameters of the method, after its pipes. By default the input is
   * what the method returns, or else its `@Body()` parameter.
   */
  input?: (...parameters: never[]) => unknown;
}

/**
 * Makes a route start a workflow and answer with its envelope: 201 for a POST (200 otherwise) when
 * it completed in time, the error's status when it failed, 202 with `Location` when it still runs.
 * An `Idempotency-Key` header is honoured. The route is guarded by {@link TenantGuard}.
 *
 * @example @Post() @RunWorkflow(UserRegistrationWorkflow, { wait: '5s' }) register(@Body() dto: RegisterUserDto) {}
 * @publicApi
 */
export function RunWorkflow(
  ref: WorkflowReference,
  options: RunWorkflowOptions = {},
): MethodDecorator {
  const route: RunWorkflowRoute = {
    ref,
    wait: milliseconds(options.wait ?? '30s', '@RunWorkflow wait'),
  };
  return (target, key, descriptor) => {
    // The method is wrapped, because interceptors run before pipes: only the method itself sees its
    // parameters validated. A wrapper of the prototype applies to what Nest calls later.
    const method = descriptor.value as unknown as (...parameters: unknown[]) => unknown;
    const name = String(key);
    const inputOf = (parameters: unknown[], returned: unknown): unknown => {
      if (options.input) {
        return (options.input as (...given: unknown[]) => unknown)(...parameters);
      }
      if (returned !== undefined) return returned;
      const body = bodyIndex(target.constructor, name);
      return body === undefined ? undefined : parameters[body];
    };
    const wrapper = async function (this: object, ...parameters: unknown[]): Promise<unknown> {
      const returned: unknown = await method.apply(this, parameters);
      const given = givenInput.getStore();
      if (given) given.value = { input: inputOf(parameters, returned) };
      return returned;
    };
    Object.defineProperty(wrapper, 'name', { value: name, configurable: true });
    for (const metadata of Reflect.getOwnMetadataKeys(method) as string[]) {
      Reflect.defineMetadata(metadata, Reflect.getOwnMetadata(metadata, method), wrapper);
    }
    descriptor.value = wrapper as unknown as typeof descriptor.value;
    applyDecorators(
      SetMetadata(RUN_WORKFLOW_METADATA, route),
      UseGuards(TenantGuard),
      UseInterceptors(RunWorkflowInterceptor),
      UseFilters(WorkflowExceptionFilter),
    )(target, key, descriptor);
  };
}
