import type { ExecutionContext, Type } from '@nestjs/common';
import { isObservable, lastValueFrom } from 'rxjs';
import { hasRules, InputValidationPipe } from '../decorators/input-validation.pipe.js';
import type { StepInvocation } from '../definition/checked-workflow.js';
import { isEnhanced, PARAMETERS_METADATA } from './bound-enhancers.js';
import { StepCall } from './step-call.js';

/** What a parameter decorator wrote. */
interface ParameterMetadata {
  readonly index: number;
  readonly data?: unknown;
  readonly factory?: (data: unknown, host: ExecutionContext) => unknown;
  readonly pipes?: readonly unknown[];
  readonly schema?: unknown;
}

interface Parameter {
  readonly index: number;
  readonly value: (host: ExecutionContext) => unknown;
}

/**
 * Calls a step as Nest would that nothing is bound to. Nest asks for guards, interceptors and pipes in
 * a dozen promises, also where there are none, which costs more than all else of such a step.
 *
 * @returns undefined where Nest has to call it
 */
export function plainInvocation(
  target: Type<object>,
  instance: object,
  method: string,
  contextType: string,
): StepInvocation | undefined {
  // A mixin or a proxy: Nest knows better where its metadata is.
  if (Object.getPrototypeOf(instance) !== target.prototype) return undefined;
  if (target.prototype.constructor !== target) return undefined;
  const callback = (instance as Record<string, (...given: unknown[]) => unknown>)[method];
  if (!callback || isEnhanced(target) || isEnhanced(callback)) return undefined;
  const parameters = plainParameters(target, method);
  if (!parameters) return undefined;
  if (parameters.length === 0) return (context) => settled(callback.call(instance, context));
  const length = Math.max(...parameters.map(({ index }) => index)) + 1;
  return (context) => {
    const host = new StepCall(context, target, callback, contextType);
    const given = Array.from<unknown>({ length });
    for (const { index, value } of parameters) given[index] = value(host);
    return settled(callback.apply(instance, given));
  };
}

/** The parameters of a method, unless a pipe or something else than a factory has a word in one. */
function plainParameters(target: Type<object>, method: string): Parameter[] | undefined {
  const written = (Reflect.getMetadata(PARAMETERS_METADATA, target, method) ?? {}) as Readonly<
    Record<string, ParameterMetadata>
  >;
  const types = (Reflect.getMetadata('design:paramtypes', target.prototype as object, method) ??
    []) as readonly unknown[];
  const parameters: Parameter[] = [];
  for (const { index, data, factory, pipes = [], schema } of Object.values(written)) {
    const isPiped = pipes.some(
      (pipe) => !(pipe instanceof InputValidationPipe) || hasRules(types[index]),
    );
    if (isPiped || schema !== undefined || typeof factory !== 'function') return undefined;
    parameters.push({ index, value: (host) => factory(data, host) });
  }
  return parameters;
}

const settled = (returned: unknown): unknown =>
  isObservable(returned) ? lastValueFrom(returned) : returned;
