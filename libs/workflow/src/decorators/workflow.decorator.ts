import { Injectable, type InjectableOptions } from '@nestjs/common';
import type { WorkflowDefinition } from '../definition/workflow-definition.js';
import { WORKFLOW_METADATA } from './decorator-metadata.js';

/**
 * Options of {@link Workflow}.
 *
 * @publicApi
 */
export interface WorkflowOptions
  extends Omit<WorkflowDefinition, 'steps' | 'output' | 'input'>, InjectableOptions {}

/**
 * A class that may declare which step's output is the data of the result:
 * `static readonly output = 'createUser'`. The type of that step's output is then the type of the
 * data that `runWorkflow(TheClass, …)` resolves to.
 *
 * @publicApi
 */
// A constructor's parameters are contravariant: only `never[]` accepts every class.
export type WorkflowClass<W extends object = object> = (abstract new (
  ...parameters: never[]
) => W) & { readonly output?: string };

type DeclaresKnownOutput<C> = C extends {
  readonly output: infer O;
  readonly prototype: infer W;
}
  ? O extends MethodOf<W>
    ? unknown
    : { readonly output: MethodOf<W> }
  : unknown;

type MethodOf<W> = {
  [K in keyof W]: W[K] extends (...parameters: never[]) => unknown ? K : never;
}[keyof W];

/**
 * Makes an injectable class a workflow. Its methods with `@Step()` are the steps.
 *
 * @example @Workflow({ id: 'user-registration', version: '1.0.0', name: 'User registration' })
 * @publicApi
 */
export function Workflow(options: WorkflowOptions) {
  return <C extends WorkflowClass>(target: C & DeclaresKnownOutput<C>): void => {
    const { scope, durable, ...definition } = options;
    Injectable({
      ...(scope === undefined ? {} : { scope }),
      ...(durable === undefined ? {} : { durable }),
    })(target as unknown as new () => object);
    Reflect.defineMetadata(WORKFLOW_METADATA, definition, target);
  };
}
