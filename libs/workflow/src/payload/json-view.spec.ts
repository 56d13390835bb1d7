import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { toJsonView } from './json-view.js';

const rendered = (value: unknown): unknown => JSON.parse(JSON.stringify(toJsonView(value)));

describe('toJsonView', () => {
  it('renders what JSON cannot say in a way people understand', () => {
    const error = Object.assign(new TypeError('no'), { code: 'X', details: { secret: 1 } });
    const view = rendered({
      big: 12n,
      at: new Date(0),
      map: new Map([['k', 5n]]),
      pairs: new Map<unknown, unknown>([
        [1, 'one'],
        [2n, new Set(['two'])],
      ]),
      set: new Set([1n, undefined]),
      buffer: Buffer.from('ab'),
      view: new Uint8Array([97, 98]),
      memory: Uint8Array.of(97, 98).buffer,
      numbers: [NaN, Infinity, -Infinity, 1.5],
      re: /a\/b/gi,
      error,
      gone: undefined,
      list: [undefined, 1],
    });
    expect(view).toStrictEqual({
      big: '12',
      at: '1970-01-01T00:00:00.000Z',
      map: { k: '5' },
      pairs: [
        [1, 'one'],
        ['2', ['two']],
      ],
      set: ['1', null],
      buffer: 'YWI=',
      view: 'YWI=',
      memory: 'YWI=',
      numbers: [null, null, null, 1.5],
      re: '/a\\/b/gi',
      error: { name: 'TypeError', message: 'no' },
      list: [null, 1],
    });
  });

  it('never shows the stack of an error', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    expect(JSON.stringify(toJsonView([error]))).not.toContain('.ts');
  });

  it('leaves nothing to JSON that another renderer might take otherwise', () => {
    expect(toJsonView([undefined, NaN, -Infinity])).toStrictEqual([null, null, null]);
  });

  it('drops a key whose value is undefined', () => {
    expect(Object.keys(toJsonView({ a: undefined, b: 1 }) as object)).toEqual(['b']);
  });

  it('F50 a Map with the key __proto__ is shown as a list', () => {
    const map = new Map([['__proto__', { admin: true }]]);
    expect(toJsonView(map)).toStrictEqual([['__proto__', { admin: true }]]);
  });

  it('F50 an own key __proto__ does not become a prototype', () => {
    const view = toJsonView(JSON.parse('{"__proto__":{"admin":true},"n":null}'));
    expect((view as { admin?: boolean }).admin).toBeUndefined();
    const copied = toJsonView({ ...(JSON.parse('{"__proto__":{"admin":true}}') as object), n: 1n });
    expect((copied as { admin?: boolean }).admin).toBeUndefined();
  });

  it('returns the same reference when nothing had to change', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toJsonView(value)).toBe(value);
      }),
    );
    const dated = { at: new Date(0), list: [{ a: 1 }] };
    expect(toJsonView(dated)).toBe(dated);
  });

  it('copies only the way to what had to change', () => {
    const value = { kept: { a: [1] }, changed: { n: 1n } };
    const view = toJsonView(value) as typeof value;
    expect(view).toStrictEqual({ kept: { a: [1] }, changed: { n: '1' } });
    expect(view.kept).toBe(value.kept);
    expect(value.changed.n).toBe(1n);
  });
});
