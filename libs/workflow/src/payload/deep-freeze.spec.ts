import { describe, expect, it } from '@jest/globals';
import { deepFreeze } from './deep-freeze.js';

describe('deepFreeze', () => {
  it('freezes plain objects and arrays with everything in them', () => {
    const value = deepFreeze({
      a: [{ b: { c: 1 } }],
      n: Object.assign(Object.create(null), { d: {} }),
    });
    expect(() => {
      value.a[0].b.c = 2;
    }).toThrow(TypeError);
    expect(() => value.a.push({ b: { c: 3 } })).toThrow(TypeError);
    expect(Object.isFrozen((value.n as { d: object }).d)).toBe(true);
  });

  it('returns the value itself', () => {
    const value = { a: 1 };
    expect(deepFreeze(value)).toBe(value);
    expect(deepFreeze(5)).toBe(5);
    expect(deepFreeze(null)).toBeNull();
  });

  it('freezes Date, Map and Set themselves but not what they hold', () => {
    const item = { a: 1 };
    const value = deepFreeze({
      at: new Date(0),
      map: new Map([['k', item]]),
      set: new Set([item]),
    });
    for (const frozen of Object.values(value)) expect(Object.isFrozen(frozen)).toBe(true);
    expect(Object.isFrozen(item)).toBe(false);
    expect(value.map.set('l', item).size).toBe(2);
  });

  it('leaves bytes, a RegExp and an Error usable', () => {
    const value = deepFreeze({ bytes: Buffer.from('ab'), re: /a/g, error: new Error('e') });
    value.bytes[0] = 1;
    expect(value.re.test('a')).toBe(true);
    value.error.message = 'more';
    expect([value.bytes[0], value.re.lastIndex, value.error.message]).toEqual([1, 1, 'more']);
  });

  it('looks into an object that is frozen already', () => {
    const value = deepFreeze(Object.freeze({ a: { b: 1 } }));
    expect(Object.isFrozen(value.a)).toBe(true);
  });

  it('ends on a circle', () => {
    const value: Record<string, unknown> = { list: [] };
    (value.list as unknown[]).push(value);
    expect(Object.isFrozen(deepFreeze(value).list)).toBe(true);
  });

  it('F45 survives an array 200,000 deep', () => {
    let deep: unknown[] = [];
    const innermost = deep;
    for (let i = 0; i < 200_000; i++) deep = [deep];
    deepFreeze(deep);
    expect(Object.isFrozen(innermost)).toBe(true);
  });
});
