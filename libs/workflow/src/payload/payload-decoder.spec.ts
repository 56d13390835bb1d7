import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { WorkflowException } from '../result/workflow.exception.js';
import { PayloadCodec } from './payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS } from './payload-limits.js';

const codec = new PayloadCodec(DEFAULT_PAYLOAD_LIMITS);

function refusal(text: string): WorkflowException {
  try {
    codec.decode(text);
  } catch (error) {
    if (error instanceof WorkflowException) return error;
    throw new Error('A raw exception escaped', { cause: error });
  }
  throw new Error('The text was accepted');
}

describe('decode', () => {
  it.each([
    '',
    'undefined',
    '{',
    '{"a":}',
    '[{"$d":0}',
    '{"$x":1}',
    '{"$u":1}',
    '{"$n":"1"}',
    '{"$n":"toString"}',
    '{"$i":5}',
    '{"$i":"5.5"}',
    '{"$i":""}',
    '{"$d":"2020"}',
    '{"$d":1.5}',
    '{"$d":9e15}',
    '{"$r":"a"}',
    '{"$r":["(","g"]}',
    '{"$r":["a","q"]}',
    '{"$b":5}',
    '{"$b":"Function:YQ=="}',
    '{"$b":"constructor:YQ=="}',
    '{"$b":"Int32Array:YQ=="}',
    '{"$s":{}}',
    '{"$m":[1]}',
    '{"$e":{"name":"Error"}}',
    '{"$e":null}',
    `[{"$d":0},${'['.repeat(200_000)}${']'.repeat(200_000)}]`,
  ])('a text the codec did not write is refused: %.40s', (text) => {
    expect(refusal(text).code).toBe('SERIALIZATION_FAILED');
  });

  it('a column without text is refused', () => {
    expect(refusal(null as never).code).toBe('SERIALIZATION_FAILED');
    expect(refusal(null as never).message).toContain('not text');
    expect(refusal(undefined as never).code).toBe('SERIALIZATION_FAILED');
  });

  it('the message does not quote the payload', () => {
    const error = refusal('{"password":"hunter2"');
    expect(error.message).not.toContain('hunter2');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('only exceptions of the catalogue leave it, whatever the text', () => {
    const tag = fc.constantFrom('$u', '$n', '$i', '$d', '$r', '$b', '$s', '$m', '$e', '$$e', '$y');
    const text = fc.oneof(
      fc.string(),
      fc
        .letrec((tie) => ({
          node: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), tie('tagged'), tie('list')),
          tagged: fc.tuple(tag, tie('node')).map(([name, form]) => ({ [name]: form })),
          list: fc.array(tie('node'), { maxLength: 3 }),
        }))
        .node.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (text) => {
        try {
          codec.decode(text);
        } catch (error) {
          expect(error).toBeInstanceOf(WorkflowException);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":[{"__proto__":null}]}',
    '{"\\u005f_proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    '{"constructor":{"\\u0070rototype":{"admin":true}}}',
    '[{"$d":0},{"__proto__":1}]',
    '{"$m":[1,{"__proto__":1}]}',
    '{"$e":{"name":"E","message":"m","details":{"__proto__":1}}}',
  ])('F50 a key that somebody added to the text is refused: %s', (text) => {
    expect(refusal(text).code).toBe('PAYLOAD_FORBIDDEN_KEY');
  });

  it('F50 the prototype of objects stays as it was', () => {
    for (const text of ['{"__proto__":{"admin":true}}', '{"$e":{"__proto__":{"admin":true}}}']) {
      expect(() => codec.decode(text)).toThrow(WorkflowException);
    }
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    const back = codec.decode(codec.encode({ a: { b: 1 }, at: new Date(0) })) as { a: object };
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(back.a)).toBe(Object.prototype);
  });

  it('tags are read also from a text that somebody has formatted', () => {
    const text = JSON.stringify({ list: [{ $d: 5 }] }, null, 2);
    expect(codec.decode(text)).toStrictEqual({ list: [new Date(5)] });
  });

  it('a stored payload stays readable when the limits are lowered', () => {
    const value = { a: { b: [new Date(1), 'long enough'] } };
    const text = codec.encode(value);
    expect(new PayloadCodec({ bytes: 1, depth: 1, keys: 1 }).decode(text)).toStrictEqual(value);
  });
});
