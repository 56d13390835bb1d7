import type { ExecutionContext, Type } from '@nestjs/common';
import type { WorkflowContext } from '../context/workflow-context.js';

/** What a decorator of a parameter is told about the call of a step, in Nest's words. */
export class StepCall implements ExecutionContext {
  private readonly given: readonly [WorkflowContext];

  constructor(
    context: WorkflowContext,
    private readonly target: Type<object>,
    private readonly handler: Function,
    private readonly type: string,
  ) {
    this.given = [context];
  }

  getType<T extends string>(): T {
    return this.type as T;
  }

  getClass<T>(): Type<T> {
    return this.target as Type<T>;
  }

  getHandler(): Function {
    return this.handler;
  }

  getArgs<T extends unknown[]>(): T {
    return [...this.given] as unknown[] as T;
  }

  getArgByIndex<T>(index: number): T {
    return this.given[index] as T;
  }

  switchToHttp(): ReturnType<ExecutionContext['switchToHttp']> {
    return {
      getRequest: <T>() => this.getArgByIndex<T>(0),
      getResponse: <T>() => this.getArgByIndex<T>(1),
      getNext: <T>() => this.getArgByIndex<T>(2),
    };
  }

  switchToRpc(): ReturnType<ExecutionContext['switchToRpc']> {
    return {
      getData: <T>() => this.getArgByIndex<T>(0),
      getContext: <T>() => this.getArgByIndex<T>(1),
    };
  }

  switchToWs(): ReturnType<ExecutionContext['switchToWs']> {
    return {
      getClient: <T>() => this.getArgByIndex<T>(0),
      getData: <T>() => this.getArgByIndex<T>(1),
      getPattern: () => this.getArgByIndex<string>(this.given.length - 1),
    };
  }
}
