import type { WorkflowStep } from '../definition/workflow-definition.js';
import { WorkflowException } from '../result/workflow.exception.js';
import { STEPS_METADATA } from './decorator-metadata.js';

/**
 * Options of {@link Step}.
 *
 * @typeParam D names of the steps this one depends on
 * @publicApi
 */
export interface StepOptions<D extends string = string> extends Pick<
  WorkflowStep,
  'name' | 'type' | 'timeout' | 'retryable' | 'critical' | 'transactional' | 'retry'
> {
  /** Methods of the class that must complete first. @default [] */
  dependencies?: readonly D[];
}

/** What the `@Step()`s of one class wrote: options by method name, in order of declaration. */
export type StepsMetadata = ReadonlyMap<string, StepOptions>;

/** A class that has these methods. */
export type HasSteps<D extends string> = {
  readonly [K in D]: (...parameters: never[]) => unknown;
};

/** What has a prototype is a class: its methods are static. */
type NoClass = { readonly prototype?: never };

/**
 * Makes a method a step of its workflow; the method's name is the step's id. A method without
 * decorated parameters receives the `WorkflowContext`. What it returns is the step's output; a
 * `WorkflowResult` with `success: false` means that the step failed.
 *
 * A name in `dependencies` that is not a method of the class does not compile, nor does a static
 * method.
 *
 * @throws `DEFINITION_INVALID` on a static method, where no compiler refuses it
 * @example @Step({ type: 'data-access', dependencies: ['validateInput'], timeout: 5_000 })
 * @publicApi
 */
export function Step<const D extends string = never>(options: StepOptions<D> = {}) {
  return <T extends HasSteps<D> & NoClass>(
    target: T,
    method: string,
    _descriptor: PropertyDescriptor,
  ): void => {
    if (typeof target === 'function') throw staticStep(target, method);
    const owner = (target as object).constructor;
    const inherited = Reflect.getMetadata(STEPS_METADATA, owner) as StepsMetadata | undefined;
    // A copy: a subclass adds to its own steps, not to those of its parent.
    Reflect.defineMetadata(STEPS_METADATA, new Map(inherited).set(method, options), owner);
  };
}

const staticStep = ({ name }: { readonly name: string }, method: string): WorkflowException =>
  new WorkflowException(
    'DEFINITION_INVALID',
    `"${name}.${method}" is static; a step is a method of the instance that Nest makes. Fix: remove "static".`,
  );
