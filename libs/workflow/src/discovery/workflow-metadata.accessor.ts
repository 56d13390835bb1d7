import { Injectable, type Type } from '@nestjs/common';
import {
  INPUT_PARAMETERS_METADATA,
  OUTPUT_PARAMETERS_METADATA,
  STEPS_METADATA,
  WORKFLOW_METADATA,
} from '../decorators/decorator-metadata.js';
import type { StepsMetadata } from '../decorators/step.decorator.js';
import type { WorkflowOptions } from '../decorators/workflow.decorator.js';

/** Reads what the decorators wrote. */
@Injectable()
export class WorkflowMetadataAccessor {
  workflow(target: unknown): WorkflowOptions | undefined {
    // Own metadata: a subclass of a workflow is a workflow only if it says so itself.
    return typeof target === 'function'
      ? (Reflect.getOwnMetadata(WORKFLOW_METADATA, target) as WorkflowOptions | undefined)
      : undefined;
  }

  steps(target: Type<object>): StepsMetadata {
    return (Reflect.getMetadata(STEPS_METADATA, target) as StepsMetadata | undefined) ?? new Map();
  }

  /** Classes of the parameters that receive the input of the execution. */
  inputTypes(target: Type<object>, method: string): unknown[] {
    const indexes = (Reflect.getMetadata(INPUT_PARAMETERS_METADATA, target, method) ??
      []) as number[];
    const types = (Reflect.getMetadata('design:paramtypes', target.prototype as object, method) ??
      []) as unknown[];
    return indexes.map((index) => types[index]);
  }

  /** Steps whose outputs the parameters of a method ask for. */
  requestedOutputs(target: Type<object>, method: string): string[] {
    return (Reflect.getMetadata(OUTPUT_PARAMETERS_METADATA, target, method) ?? []) as string[];
  }
}
