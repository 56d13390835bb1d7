import { types } from 'node:util';

/**
 * Names the kind of an object that has no durable form although it would pass for an empty one;
 * `undefined` if it may be stored.
 */
export function refusedKind(value: object): string | undefined {
  if (types.isPromise(value)) return 'a promise';
  if (types.isWeakMap(value)) return 'a WeakMap';
  if (types.isWeakSet(value)) return 'a WeakSet';
  if (Object.prototype.toString.call(value) === '[object WeakRef]') return 'a WeakRef';
  if (types.isGeneratorObject(value)) return 'a generator';
  if (types.isSharedArrayBuffer(value)) return 'a SharedArrayBuffer';
  if (isMethod(value, 'then')) return 'a thenable';
  if (isMethod(value, 'next') && Symbol.iterator in value) return 'an iterator';
  return undefined;
}

function isMethod(value: object, name: string): boolean {
  return typeof (value as Record<string, unknown>)[name] === 'function';
}
