import { WorkflowException } from '../result/workflow.exception.js';
import { bigintFromForm } from './bigint-form.js';
import { bytesFromForm } from './byte-form.js';
import { errorFromForm, isErrorForm } from './error-form.js';
import { isForbiddenKey } from './forbidden-key.js';
import { isTagKey, Tag, unescapeTagKey } from './payload-tags.js';
import { forbiddenKeyMessage, malformedMessage } from './payload.messages.js';

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

const LATEST_DATE = 8.64e15;

/**
 * Turns the tags in a freshly parsed value into what they stand for, in place. Makes only plain
 * objects, arrays and the fixed list of built-ins of {@link Tag}.
 */
export function revive(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return reviveItems(value);
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  if (keys.length === 1 && isTagKey(keys[0])) return reviveTag(keys[0], record[keys[0]]);
  for (const key of keys) {
    if (isForbiddenKey(key, record[key])) throw forbiddenKey(key);
    record[key] = revive(record[key]);
  }
  return record;
}

function reviveItems(items: unknown[]): unknown[] {
  for (let i = 0; i < items.length; i++) items[i] = revive(items[i]);
  return items;
}

function reviveTag(tag: string, form: unknown): unknown {
  const key = unescapeTagKey(tag);
  if (key !== undefined) return { [key]: revive(form) };
  // `undefined` has a tag of its own, so for every other tag it means that the form is wrong.
  const value = tag === Tag.undefined && form === 0 ? UNDEFINED : reviveForm(tag, form);
  if (value === undefined) {
    throw new WorkflowException(
      'SERIALIZATION_FAILED',
      malformedMessage(`the tag ${JSON.stringify(tag.slice(0, 10))} is not one of the codec`),
    );
  }
  return value === UNDEFINED ? undefined : value;
}

const UNDEFINED = Symbol('undefined');

function reviveForm(tag: string, form: unknown): unknown {
  switch (tag) {
    case Tag.number:
      return NUMBERS.get(form);
    case Tag.bigint:
      return typeof form === 'string' ? bigintFromForm(form) : undefined;
    case Tag.date:
      return reviveDate(form);
    case Tag.regexp:
      return reviveRegExp(form);
    case Tag.bytes:
      return typeof form === 'string' ? bytesFromForm(form) : undefined;
    case Tag.set:
      return Array.isArray(form) ? new Set(reviveItems(form)) : undefined;
    case Tag.map:
      return Array.isArray(form) && form.length % 2 === 0 ? reviveMap(form) : undefined;
    case Tag.error:
      return isErrorForm(form) ? reviveError(form) : undefined;
    default:
      return undefined;
  }
}

function reviveDate(form: unknown): Date | undefined {
  if (form === null) return new Date(NaN);
  return Number.isInteger(form) && Math.abs(form as number) <= LATEST_DATE
    ? new Date(form as number)
    : undefined;
}

function reviveRegExp(form: unknown): RegExp | undefined {
  if (!Array.isArray(form)) return undefined;
  const [source, flags] = form as unknown[];
  return typeof source === 'string' && typeof flags === 'string'
    ? new RegExp(source, flags)
    : undefined;
}

function reviveMap(list: unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let i = 0; i < list.length; i += 2) map.set(revive(list[i]), revive(list[i + 1]));
  return map;
}

function reviveError(form: Parameters<typeof errorFromForm>[0]): Error {
  for (const key of ['details', 'cause', 'errors'] as const) {
    if (Object.hasOwn(form, key)) form[key] = revive(form[key]);
  }
  return errorFromForm(form);
}

function forbiddenKey(key: string): WorkflowException {
  return new WorkflowException('PAYLOAD_FORBIDDEN_KEY', forbiddenKeyMessage(key));
}
