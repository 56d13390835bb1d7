import {
  type ArgumentMetadata,
  Injectable,
  type PipeTransform,
  ValidationPipe,
} from '@nestjs/common';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { WorkflowException } from '../result/workflow.exception.js';

/** One field of an input that is not valid. */
export interface InvalidField {
  /** Dotted path from the root of the input. */
  readonly path: string;
  readonly messages: readonly string[];
}

/**
 * Validates what `@WorkflowInput()` receives. Nest's own pipe skips parameters of custom decorators,
 * so this one stands at the parameter itself.
 */
@Injectable()
export class InputValidationPipe implements PipeTransform {
  private readonly validation = new ValidationPipe({
    transform: true,
    validateCustomDecorators: true,
    exceptionFactory: (errors) => invalidInput(errors),
  });

  async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (!hasRules(metadata.metatype)) return value;
    return (await this.validation.transform(value ?? {}, metadata)) as unknown;
  }
}

/** Whether class-validator knows rules for the class. */
export function hasRules(metatype: unknown): metatype is new () => object {
  return (
    typeof metatype === 'function' &&
    getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false).length > 0
  );
}

function invalidInput(errors: readonly ValidationError[]): WorkflowException {
  const fields = errors.flatMap((error) => invalidFields(error, ''));
  const listed = fields.map(({ path }) => `"${path}"`).join(', ');
  return new WorkflowException('INPUT_INVALID', `The input is not valid: ${listed}.`, {
    details: { fields },
  });
}

function invalidFields(error: ValidationError, parent: string): InvalidField[] {
  const path = parent === '' ? error.property : `${parent}.${error.property}`;
  const messages = Object.values(error.constraints ?? {});
  const own = messages.length > 0 ? [{ path, messages }] : [];
  return [...own, ...(error.children ?? []).flatMap((child) => invalidFields(child, path))];
}
