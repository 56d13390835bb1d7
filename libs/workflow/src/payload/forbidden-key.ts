/**
 * Whether an own key, merged into another object by careless code, would change the prototype of
 * objects: `__proto__`, or `constructor` that leads to a `prototype`.
 */
export function isForbiddenKey(key: string, value: unknown): boolean {
  if (key === '__proto__') return true;
  return (
    key === 'constructor' &&
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, 'prototype')
  );
}
