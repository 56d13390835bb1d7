import { types } from 'node:util';
import { bytesToBase64, isBytes } from './byte-form.js';
import { isError } from './error-form.js';
import { isPlainObject } from './plain-object.js';

/**
 * Turns a decoded value into one that `JSON.stringify` renders sensibly for people and programs
 * that do not know the codec; there is no way back.
 *
 * BigInt: decimal string. Map: object, or list of `[key, value]` when a key is not a string.
 * Set: array. Bytes: base64. NaN and ±Infinity: null. RegExp: string. Error: name and message,
 * never the stack. Keys whose value is `undefined` are left out. A Date stays, JSON writes it in
 * ISO 8601. A value that needs none of this is returned as it is, not as a copy.
 */
export function toJsonView(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'object':
      return value === null ? value : viewObject(value);
    default:
      return value;
  }
}

function viewObject(value: object): unknown {
  if (Array.isArray(value)) return viewItems(value);
  if (types.isMap(value)) return viewMap(value);
  if (types.isSet(value)) return viewItems([...value]);
  if (isBytes(value)) return bytesToBase64(value);
  if (types.isRegExp(value)) return String(value);
  if (isError(value)) return { name: value.name, message: value.message };
  return isPlainObject(value) ? viewRecord(value) : value;
}

function viewItems(items: readonly unknown[]): readonly unknown[] {
  let changed = false;
  const views = Array.from(items, (item) => {
    // JSON has no gap in an array.
    const view = item === undefined ? null : toJsonView(item);
    changed ||= view !== item;
    return view;
  });
  return changed ? views : items;
}

function viewRecord(record: Record<string, unknown>): Record<string, unknown> {
  let changed = false;
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(record)) {
    const view = toJsonView(record[key]);
    changed ||= view !== record[key] || view === undefined;
    if (view !== undefined) entries.push([key, view]);
  }
  // Unlike an assignment, fromEntries() cannot set a prototype.
  return changed ? Object.fromEntries(entries) : record;
}

function viewMap(map: ReadonlyMap<unknown, unknown>): unknown {
  // As a key of an object, __proto__ would be a trap for whoever reads the response.
  return [...map.keys()].every((key) => typeof key === 'string' && key !== '__proto__')
    ? viewRecord(Object.fromEntries(map))
    : viewItems([...map]);
}
