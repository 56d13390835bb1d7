import { types } from 'node:util';
import { isPlainObject } from './plain-object.js';

/**
 * Freezes a decoded value in place, so that steps that share it cannot change it for each other.
 *
 * Plain objects and arrays are frozen with everything in them. A Date, Map or Set gets no new
 * properties, but its methods still change it, and what a Map or Set holds is left as it is.
 * Everything else is left alone: bytes cannot be frozen, a frozen RegExp cannot match with the
 * flags `g` and `y`, and whoever rethrows an Error may have to add to it.
 */
export function deepFreeze<T>(value: T): T {
  const waiting: unknown[] = [value];
  // Objects that are frozen already may hold some that are not; each is looked into once.
  let frozen: Set<object> | undefined;
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next) || isPlainObject(next)) {
      if (Object.isFrozen(next)) {
        frozen ??= new Set();
        if (frozen.has(next)) continue;
        frozen.add(next);
      }
      Object.freeze(next);
      for (const item of Object.values(next)) {
        if (typeof item === 'object' && item !== null) waiting.push(item);
      }
    } else if (types.isDate(next) || types.isMap(next) || types.isSet(next)) {
      Object.freeze(next);
    }
  }
  return value;
}
