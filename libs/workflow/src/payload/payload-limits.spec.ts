import { describe, expect, it } from '@jest/globals';
import { PayloadCodec } from './payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS } from './payload-limits.js';

describe('payload limits', () => {
  it('default to 4 MiB, 64 levels and 10,000 keys', () => {
    expect(DEFAULT_PAYLOAD_LIMITS).toEqual({ bytes: 4_194_304, depth: 64, keys: 10_000 });
  });

  it.each([
    { bytes: 0 },
    { bytes: NaN },
    { depth: 0 },
    { depth: 1.5 },
    { depth: 513 },
    { keys: -1 },
    { keys: Infinity },
    { keys: '5' as never },
  ])('outside their range are refused: %p', (limit) => {
    expect(() => new PayloadCodec({ ...DEFAULT_PAYLOAD_LIMITS, ...limit })).toThrow(
      expect.objectContaining({
        code: 'MODULE_OPTION_INVALID',
        message: expect.stringContaining(Object.keys(limit)[0]),
      }),
    );
  });
});
