// Named strings, so that every copy of this package in a process reads the same metadata.

/** On the class: {@link WorkflowOptions}. */
export const WORKFLOW_METADATA = 'luxgen:workflow';
/** On the class: the options of each step by method name, in order of declaration. */
export const STEPS_METADATA = 'luxgen:steps';
/** On the class, per method: positions of the parameters that receive the input. */
export const INPUT_PARAMETERS_METADATA = 'luxgen:input-parameters';
/** On the class, per method: the steps whose outputs the parameters ask for. */
export const OUTPUT_PARAMETERS_METADATA = 'luxgen:output-parameters';

/**
 * A list that belongs to one method of one class. A subclass begins with a copy, so that decorating
 * it does not change its parent.
 */
export function appendMethodMetadata<T>(
  key: string,
  target: object,
  method: string,
  value: T,
): void {
  const owner = target.constructor;
  const existing = (Reflect.getOwnMetadata(key, owner, method) ?? []) as readonly T[];
  Reflect.defineMetadata(key, [...existing, value], owner, method);
}
