import { Injectable, type InjectionToken, type Type } from '@nestjs/common';
import {
  ApplicationConfig,
  ContextIdFactory,
  ExternalContextCreator,
  ModuleRef,
  ModulesContainer,
  NestContainer,
  type ContextId,
} from '@nestjs/core';
import type { InvocationFactory, StepInvocation } from '../definition/checked-workflow.js';
import { FILTERS_METADATA, PARAMETERS_METADATA } from './bound-enhancers.js';
import { plainInvocation } from './plain-invocation.js';

/** Context type of a step: `host.getType() === 'workflow'` in a guard, interceptor, pipe or filter. */
export const WORKFLOW_CONTEXT_TYPE = 'workflow';

/** Our parameter decorators are custom ones, which Nest fills by itself; there is nothing to exchange. */
const NO_BUILT_IN_PARAMETERS = { exchangeKeyForValue: (): unknown => undefined };

/** A provider that holds the methods of a workflow. */
export interface StepHost {
  readonly token: InjectionToken;
  readonly target: Type<object>;
  /** Present when one instance serves all executions. */
  readonly instance: object | undefined;
  readonly inquirerId: string;
  /** Of the module that has the provider: another one may have a provider of the same token. */
  readonly moduleRef: ModuleRef;
}

/** The application's modules without its global enhancers. */
class UnadornedContainer extends NestContainer {
  constructor(private readonly applicationModules: ModulesContainer) {
    super(new ApplicationConfig());
  }

  override getModules(): ModulesContainer {
    return this.applicationModules;
  }
}

/**
 * Calls step methods the way Nest calls controllers: with the guards, pipes, interceptors, filters
 * and parameter decorators that are bound to the class or the method.
 */
@Injectable()
export class StepHandlers {
  constructor(
    private readonly external: ExternalContextCreator,
    private readonly modules: ModulesContainer,
  ) {}

  /**
   * @param globalEnhancers also apply what is bound to the whole application; such enhancers must
   *   expect a context that is not HTTP
   */
  invocations(host: StepHost, globalEnhancers: boolean): InvocationFactory {
    const creator = globalEnhancers
      ? this.external
      : ExternalContextCreator.fromContainer(new UnadornedContainer(this.modules));
    const { instance, moduleRef, token } = host;
    if (instance) {
      const handlers = new Map<string, StepInvocation>();
      const handlerOf = (stepId: string): StepInvocation => {
        const known = handlers.get(stepId);
        if (known) return known;
        const handler = create(creator, instance, host, stepId, globalEnhancers);
        handlers.set(stepId, handler);
        return handler;
      };
      return () => handlerOf;
    }
    return async (execution) => {
      const contextId = ContextIdFactory.create();
      moduleRef.registerRequestByContextId(execution(), contextId);
      const scoped = await moduleRef.resolve<object>(token as Type<object>, contextId);
      return (stepId) => create(creator, scoped, host, stepId, globalEnhancers, contextId);
    };
  }
}

function create(
  creator: ExternalContextCreator,
  instance: object,
  host: StepHost,
  method: string,
  globalEnhancers: boolean,
  contextId?: ContextId,
): StepInvocation {
  const callback = (instance as Record<string, (...parameters: unknown[]) => unknown>)[method];
  if (typeof callback !== 'function') throw new TypeError(`"${method}" is not a method`);
  if (!globalEnhancers) {
    const plain = plainInvocation(host.target, instance, method, WORKFLOW_CONTEXT_TYPE);
    if (plain) return plain;
  }
  return creator.create(
    instance,
    callback,
    method,
    PARAMETERS_METADATA,
    NO_BUILT_IN_PARAMETERS,
    contextId,
    contextId ? host.inquirerId : undefined,
    {
      guards: true,
      interceptors: true,
      // Nest logs, with its stack, every error that no filter catches; a retried step is no such event.
      filters: globalEnhancers || hasFilters(host.target, callback),
    },
    WORKFLOW_CONTEXT_TYPE,
  );
}

const hasFilters = (target: Type<object>, callback: object): boolean =>
  Reflect.hasMetadata(FILTERS_METADATA, target) || Reflect.hasMetadata(FILTERS_METADATA, callback);
