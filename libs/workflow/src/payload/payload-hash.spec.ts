import { describe, expect, it } from '@jest/globals';
import { hashPayload } from './payload-hash.js';

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
