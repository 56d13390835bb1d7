import {
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { WorkflowContext } from '../context/workflow-context.js';
import { WorkflowException } from '../result/workflow.exception.js';
import {
  appendMethodMetadata,
  INPUT_PARAMETERS_METADATA,
  OUTPUT_PARAMETERS_METADATA,
} from './decorator-metadata.js';
import { InputValidationPipe } from './input-validation.pipe.js';
import type { HasSteps } from './step.decorator.js';

const contextOf = (host: ExecutionContext): WorkflowContext => {
  const [context] = host.getArgs<[unknown]>();
  if (context instanceof WorkflowContext) return context;
  throw new WorkflowException(
    'CONTEXT_UNAVAILABLE',
    `"${host.getClass().name}.${host.getHandler().name}" was not called as a step, so its parameters cannot be filled.`,
  );
};

/** An instance: Nest would not make it for the methods of a provider that is no class. */
const INPUT_VALIDATION = new InputValidationPipe();

const inputValue = createParamDecorator((_data: unknown, host) => contextOf(host).input);
const contextValue = createParamDecorator((_data: unknown, host) => contextOf(host));
const outputValue = createParamDecorator((stepId: string, host) =>
  contextOf(host).getOutput(stepId),
);

/** What a step returns, as a step that depends on it receives it. */
export type StepOutputType<M> = M extends (...parameters: never[]) => infer R
  ? Awaited<R> extends { success: boolean; message: string; data?: infer D }
    ? D
    : Awaited<R>
  : never;

type ParameterAt<M, I extends number> = M extends (...parameters: infer P) => unknown
  ? P[I]
  : never;

/** Fails to compile where a parameter asks for another type than the step returns. */
type Receives<Given, Parameter> = [Given] extends [Parameter]
  ? unknown
  : { readonly __theStepReturnsAnotherType: Given };

/**
 * The parameter receives the input of the execution. A parameter whose type is a class with
 * class-validator rules is validated and transformed, before the execution is stored and again in
 * the step.
 *
 * @param pipes further pipes for the parameter
 * @publicApi
 */
export function WorkflowInput(...pipes: (Type<PipeTransform> | PipeTransform)[]) {
  const decorate = inputValue(undefined, INPUT_VALIDATION, ...pipes);
  return (target: object, method: string, index: number): void => {
    appendMethodMetadata(INPUT_PARAMETERS_METADATA, target, method, index);
    decorate(target, method, index);
  };
}

/**
 * The parameter receives the `WorkflowContext`.
 *
 * @publicApi
 */
export const Context = (...pipes: (Type<PipeTransform> | PipeTransform)[]): ParameterDecorator =>
  contextValue(undefined, ...pipes);

/**
 * The parameter receives what another step returned. The step must be among the dependencies,
 * directly or not; a name that is not a method of the class, or a parameter of another type than
 * the step returns, does not compile.
 *
 * @publicApi
 */
export function StepOutput<const S extends string>(
  stepId: S,
  ...pipes: (Type<PipeTransform> | PipeTransform)[]
) {
  const decorate = outputValue(stepId, ...pipes);
  return <T extends HasSteps<S>, K extends string & keyof T, I extends number>(
    target: T,
    method: K,
    index: I & Receives<StepOutputType<T[S]>, ParameterAt<T[K], I>>,
  ): void => {
    appendMethodMetadata(OUTPUT_PARAMETERS_METADATA, target as object, method, stepId);
    decorate(target, method, index);
  };
}
