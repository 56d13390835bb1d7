import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { PayloadCodec } from './payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS } from './payload-limits.js';

const codec = new PayloadCodec(DEFAULT_PAYLOAD_LIMITS);
const roundTrip = (value: unknown): Error & Record<string, unknown> =>
  codec.decode(codec.encode(value)) as Error & Record<string, unknown>;

class PaymentError extends Error {
  override name = 'PaymentError';
  readonly code = 'CARD_EXPIRED';
  readonly details = { card: 4n };
  readonly request = { socket: () => 'not stored' };
}

function chain(length: number): Error {
  let error = new Error(`cause ${length}`);
  for (let i = length - 1; i >= 0; i--) error = new Error(`cause ${i}`, { cause: error });
  return error;
}

function messages(error: unknown): string[] {
  const found: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) found.push(at.message);
  return found;
}

describe('errors', () => {
  it('F46 an Error comes back as an Error with its name, message and stack', () => {
    const error = new TypeError('no such thing');
    const back = roundTrip(error);
    expect(back).toBeInstanceOf(Error);
    expect(back).not.toBeInstanceOf(TypeError);
    expect([back.name, back.message, back.stack]).toEqual([error.name, error.message, error.stack]);
    expect(Object.keys(back)).toEqual([]);
    expect('cause' in back).toBe(false);
  });

  it('F46 code and details are kept, other properties are not', () => {
    const back = roundTrip(new PaymentError('expired'));
    expect(back.constructor).toBe(Error);
    expect(back.name).toBe('PaymentError');
    expect(back.code).toBe('CARD_EXPIRED');
    expect(back.details).toStrictEqual({ card: 4n });
    expect(back).not.toHaveProperty('request');
  });

  it('a code that is not a string is left out', () => {
    expect(roundTrip(Object.assign(new Error('e'), { code: 5 }))).not.toHaveProperty('code');
  });

  it('an Error without a stack does not get the stack of the codec', () => {
    const error = new RangeError('r');
    delete error.stack;
    expect(roundTrip(error).stack).toBe('RangeError: r');
  });

  it('F51 causes are kept up to five deep', () => {
    expect(messages(roundTrip(chain(4)))).toHaveLength(5);
    expect(messages(roundTrip(chain(5)))).toHaveLength(6);
    const back = messages(roundTrip(chain(9)));
    expect(back).toEqual(['cause 0', 'cause 1', 'cause 2', 'cause 3', 'cause 4', 'cause 5']);
  });

  it('each branch has five causes of its own', () => {
    const back = codec.decode(codec.encode([chain(9), chain(9)])) as Error[];
    expect(back.map((error) => messages(error).length)).toEqual([6, 6]);
  });

  it('a cause that is not an Error is kept', () => {
    expect(roundTrip(new Error('e', { cause: 'why' })).cause).toBe('why');
    const back = roundTrip(new Error('e', { cause: undefined }));
    expect(Object.hasOwn(back, 'cause')).toBe(true);
    expect(back.cause).toBeUndefined();
  });

  it('F51 a circular cause ends where it closes', () => {
    const outer = new Error('outer');
    outer.cause = new Error('inner', { cause: outer });
    expect(messages(roundTrip(outer))).toEqual(['outer', 'inner']);
    const self = new Error('self');
    self.cause = self;
    expect(messages(roundTrip({ self }).self)).toEqual(['self']);
  });

  it('F51 an AggregateError keeps its errors', () => {
    const error = new AggregateError([new RangeError('a'), 'b'], 'both');
    error.errors.push(error);
    const back = roundTrip(error);
    const errors = back.errors as unknown[];
    expect([back.name, back.message]).toEqual(['AggregateError', 'both']);
    expect(errors).toHaveLength(2);
    expect((errors[0] as Error).name).toBe('RangeError');
    expect(errors[1]).toBe('b');
    expect(Object.keys(back)).toEqual([]);
    expect(codec.encode(back)).toBe(codec.encode(error));
  });

  it('F51 a DOMException, an Error of another realm and a frozen Error are errors', () => {
    const foreign = runInNewContext('new TypeError("far")') as unknown;
    const values = [new DOMException('stop', 'AbortError'), foreign, Object.freeze(new Error('f'))];
    const back = codec.decode(codec.encode(values)) as Error[];
    expect(back.map((error) => [error.constructor, error.name, error.message])).toEqual([
      [Error, 'AbortError', 'stop'],
      [Error, 'TypeError', 'far'],
      [Error, 'Error', 'f'],
    ]);
  });

  it('an object that merely looks like an Error is plain data', () => {
    const value = { name: 'Error', message: 'm', stack: 's' };
    expect(codec.decode(codec.encode(value))).toStrictEqual(value);
  });

  it('a name or message that is not text becomes text', () => {
    const odd = Object.assign(new Error('e'), { name: 5, message: 7 as never });
    const back = roundTrip(odd);
    expect([back.name, back.message]).toEqual(['Error', '7']);
  });

  it('a revived Error is stored as it was before', () => {
    const error = new PaymentError('expired');
    error.cause = new AggregateError([chain(2)]);
    const text = codec.encode(error);
    expect(codec.encode(codec.decode(text))).toBe(text);
  });
});
