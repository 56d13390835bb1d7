import { types } from 'node:util';

/** The stored form of an Error, its nested values already in theirs. */
export interface ErrorForm {
  name: string;
  message: string;
  stack?: string;
  code?: string;
  details?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/** Whether a value is an Error, of this realm or another, native or a DOMException. */
export const isError = (value: object): value is Error =>
  types.isNativeError(value) ||
  value instanceof Error ||
  Object.prototype.toString.call(value) === '[object DOMException]';

/** Whether an Error carries other errors. An error that was stored has only the name left. */
export const isAggregateError = (value: Error): value is AggregateError =>
  (value instanceof AggregateError || value.name === 'AggregateError') &&
  Array.isArray((value as { errors?: unknown }).errors);

/** The fields of an Error that have no values nested in them. */
export function errorToForm(value: Error): ErrorForm {
  const { name, message, stack, code } = value as Partial<Record<keyof ErrorForm, unknown>>;
  const form: ErrorForm = {
    name: typeof name === 'string' ? name : 'Error',
    message: String(message),
  };
  if (typeof stack === 'string') form.stack = stack;
  if (typeof code === 'string') form.code = code;
  return form;
}

/** Whether the fields that every stored Error has are there. */
export const isErrorForm = (form: unknown): form is ErrorForm =>
  typeof form === 'object' &&
  form !== null &&
  typeof (form as ErrorForm).name === 'string' &&
  typeof (form as ErrorForm).message === 'string';

/**
 * Makes a real Error of a form whose nested values are already revived. It keeps its name but is
 * never an instance of its former class: stored text does not choose constructors.
 */
export function errorFromForm(form: ErrorForm): Error {
  const error = new Error(form.message);
  // Without a stack of its own the error would show the stack of this function.
  hide(error, 'stack', form.stack ?? `${form.name}: ${form.message}`);
  if (form.name !== 'Error') hide(error, 'name', form.name);
  if (Object.hasOwn(form, 'cause')) hide(error, 'cause', form.cause);
  if (Object.hasOwn(form, 'errors')) hide(error, 'errors', form.errors);
  if (form.code !== undefined) Object.assign(error, { code: form.code });
  if (Object.hasOwn(form, 'details')) Object.assign(error, { details: form.details });
  return error;
}

// Native errors keep these fields out of enumerations, so ours do too.
function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}
