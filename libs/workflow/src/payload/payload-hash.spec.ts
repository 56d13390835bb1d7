import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PayloadCodec } from './payload-codec.js';
import { hashOfContent, hashPayload } from './payload-hash.js';
import { DEFAULT_PAYLOAD_LIMITS } from './payload-limits.js';

describe('hashPayload', () => {
  it('is the SHA-256 of the UTF-8 text, in hexadecimal', () => {
    expect(hashPayload('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(hashPayload('é')).toBe(
      '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c',
    );
  });
});

describe('hashOfContent', () => {
  const codec = new PayloadCodec(DEFAULT_PAYLOAD_LIMITS);
  const hashOf = (value: unknown): string => hashOfContent(codec.encode(value));

  /** The same value with the keys of every object written in the reverse order. */
  const turnedRound = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turnedRound);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).reverse();
    return Object.fromEntries(entries.map(([key, item]) => [key, turnedRound(item)]));
  };

  const values = fc
    .jsonValue({ maxDepth: 4 })
    .filter((value) => !JSON.stringify(value).includes('__proto__'));

  it('does not depend on the order in which keys were written', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(hashOf(turnedRound(value))).toBe(hashOf(value));
      }),
    );
  });

  it('is another one for another value', () => {
    fc.assert(
      fc.property(values, values, (one, other) => {
        fc.pre(!isDeepStrictEqual(one, other));
        expect(hashOf(one)).not.toBe(hashOf(other));
      }),
    );
  });

  it.each([
    ['items in another order', [1, 2], [2, 1]],
    ['an item of two words for two items', ['a,b'], ['a', 'b']],
    ['a number for its text', { a: 1 }, { a: '1' }],
    ['a date for its text', new Date(0), new Date(0).toISOString()],
    [
      'entries of a Map in another order',
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      new Map([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ['a key that is absent for one that is undefined', {}, { a: undefined }],
  ])('tells %s apart', (_what, one, other) => {
    expect(hashOf(one)).not.toBe(hashOf(other));
  });
});
