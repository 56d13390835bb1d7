import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { WorkflowException } from '../result/workflow.exception.js';
import { PayloadCodec } from './payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS, MAX_PAYLOAD_DEPTH } from './payload-limits.js';

const codec = new PayloadCodec(DEFAULT_PAYLOAD_LIMITS);

// oxlint-disable-next-line unicorn/no-thenable -- made to be refused
const thenable = { then: () => undefined };

function refusal(value: unknown, encoder = codec): WorkflowException {
  try {
    encoder.encode(value);
  } catch (error) {
    if (error instanceof WorkflowException) return error;
    throw new Error('A raw exception escaped', { cause: error });
  }
  throw new Error('The value was accepted');
}

function* generate(): Generator<number> {
  yield 1;
}

const nested = (depth: number, inner: unknown, wrap: (value: unknown) => unknown): unknown => {
  let value = inner;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
};

describe('refused kinds', () => {
  // Red when: libs/workflow/src/payload/payload-encoder.ts
  //   - throw this.refused(typeof value === 'function' ? 'a function' : 'a symbol');
  //   + return null;
  it.each<[string, () => unknown, string]>([
    ['a function', () => () => 1, 'a function'],
    ['a class', () => class {}, 'a function'],
    ['a symbol', () => Symbol('s'), 'a symbol'],
    ['a boxed symbol', () => Object(Symbol('s')) as unknown, 'a symbol'],
    ['a promise', () => Promise.resolve(1), 'a promise'],
    ['a thenable', () => thenable, 'a thenable'],
    ['an instance with then', () => Object.create(thenable) as unknown, 'a thenable'],
    ['a WeakMap', () => new WeakMap(), 'a WeakMap'],
    ['a WeakSet', () => new WeakSet(), 'a WeakSet'],
    ['a WeakRef', () => new WeakRef({}), 'a WeakRef'],
    ['a generator', () => generate(), 'a generator'],
    ['an iterator of an array', () => [1].values(), 'an iterator'],
    ['an iterator of a Map', () => new Map().entries(), 'an iterator'],
    ['a SharedArrayBuffer', () => new SharedArrayBuffer(1), 'a SharedArrayBuffer'],
    ['a revoked Proxy', () => revoked(), 'threw an error'],
    ['a revoked Proxy of an array', () => revoked([]), 'threw an error'],
  ])('F46 %s is refused with its path', (_, make, words) => {
    const error = refusal({ a: [0, 1, 2, { cb: make() }] });
    expect(error.code).toBe('SERIALIZATION_FAILED');
    expect(error.details).toEqual({ path: '$.a[3].cb' });
    expect(error.message).toContain('"$.a[3].cb"');
    expect(error.message).toContain(words);
    expect(error.retryable).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ['the top', () => 1, '$'],
    ['a key with odd characters', { 'a b': { '"': () => 1 } }, '$["a b"]["\\""]'],
    ['the value of an entry of a Map', { m: new Map([[1, () => 1]]) }, '$.m[0][1]'],
    ['the key of an entry of a Map', { m: new Map([[{ f: () => 1 }, 1]]) }, '$.m[0][0].f'],
    ['an item of a Set', new Set([0, { f: () => 1 }]), '$[1].f'],
    [
      'the details of an error',
      Object.assign(new Error('e'), { details: { f: () => 1 } }),
      '$.details.f',
    ],
    ['the cause of an error', new Error('e', { cause: { f: () => 1 } }), '$.cause.f'],
    ['an error of an AggregateError', new AggregateError([1, () => 1]), '$.errors[1]'],
    ['what toJSON returned', { x: { toJSON: () => ({ f: () => 1 }) } }, '$.x.f'],
    ['after a deeper neighbour', { a: { b: [{ c: 1 }] }, d: () => 1 }, '$.d'],
  ])('the path leads to %s', (_, value, path) => {
    expect(refusal(value).details).toEqual({ path });
  });

  it('a path does not repeat an endless key', () => {
    const { path } = refusal({ ['k'.repeat(1e6)]: () => 1 }).details as { path: string };
    expect(path.length).toBeLessThan(100);
  });
});

describe('circles', () => {
  // Red when: libs/workflow/src/payload/payload-encoder.ts
  //   - if (ancestors[i] === value) throw this.refused('a circular reference');
  //   +
  it('F45 a circular result is refused with its path', () => {
    const order: Record<string, unknown> = { lines: [{}] };
    (order.lines as Record<string, unknown>[])[0].order = order;
    const error = refusal({ order });
    expect(error.code).toBe('SERIALIZATION_FAILED');
    expect(error.message).toContain('a circular reference');
    expect(error.details).toEqual({ path: '$.order.lines[0].order' });
  });

  it.each<[string, () => unknown, string]>([
    [
      'a Map',
      () => {
        const map = new Map();
        return map.set('self', map);
      },
      '$[0][1]',
    ],
    [
      'a Set',
      () => {
        const set = new Set();
        return set.add(set);
      },
      '$[0]',
    ],
    [
      'toJSON',
      () => {
        const maker: object = { toJSON: () => ({ back: maker }) };
        return maker;
      },
      '$.back',
    ],
    [
      'a Proxy',
      () => {
        const target: Record<string, unknown> = {};
        const proxy = new Proxy(target, {});
        target.me = proxy;
        return proxy;
      },
      '$.me',
    ],
  ])('F45 a circle through %s is refused with its path', (_, make, path) => {
    const error = refusal(make());
    expect(error.code).toBe('SERIALIZATION_FAILED');
    expect(error.details).toEqual({ path });
  });

  it('a circle beside much data is found before the data is too large', () => {
    const root: Record<string, unknown> = { bulk: 'x'.repeat(1e6) };
    root.self = root;
    expect(refusal(root).details).toEqual({ path: '$.self' });
  });
});

describe('code of the value', () => {
  class Trouble extends Error {}
  const trouble = new Trouble('no');
  const fail = (): never => {
    throw trouble;
  };

  it.each<[string, unknown, string]>([
    ['getter', { a: Object.defineProperty({}, 'g', { get: fail, enumerable: true }) }, '$.a.g'],
    ['toJSON method', { a: { toJSON: fail } }, '$.a'],
    ['toJSON getter', { a: Object.defineProperty({}, 'toJSON', { get: fail }) }, '$.a'],
    ['trap for keys', { a: new Proxy({}, { ownKeys: fail }) }, '$.a'],
    ['trap for a property', { a: new Proxy({ p: 1 }, { get: fail }) }, '$.a'],
    [
      'stack getter of an error',
      { a: Object.defineProperty(new Error('e'), 'stack', { get: fail }) },
      '$.a',
    ],
    [
      'details getter of an error',
      { a: Object.defineProperty(new Error('e'), 'details', { get: fail }) },
      '$.a.details',
    ],
  ])('F45 a %s that throws is refused with its path and its cause', (_, value, path) => {
    const error = refusal(value);
    expect(error.code).toBe('SERIALIZATION_FAILED');
    expect(error.details).toEqual({ path });
    expect(error.cause).toBe(trouble);
  });

  it.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['a string', () => 'text'],
    ['a symbol', () => Symbol('s')],
    ['a revoked Proxy', () => revoked()],
  ])('F45 a getter that throws %s does not let it escape', (_, thrown) => {
    const value = {
      get g(): unknown {
        throw thrown();
      },
    };
    expect(refusal(value).details).toEqual({ path: '$.g' });
  });

  it('F45 an exception of the catalogue thrown by a getter is not taken for a verdict', () => {
    const own = new WorkflowException('WORKFLOW_NOT_FOUND', 'mine');
    const value = {
      get g(): unknown {
        throw own;
      },
    };
    const error = refusal(value);
    expect(error.code).toBe('SERIALIZATION_FAILED');
    expect(error.cause).toBe(own);
  });

  it('a getter that throws only when it is read again does not let it escape', () => {
    let reads = 0;
    const value = {
      get g(): number {
        if (reads++ > 0) throw trouble;
        return 1;
      },
    };
    expect(refusal(value).code).toBe('SERIALIZATION_FAILED');
  });

  it('F45 the code of an instance or a Proxy runs once', () => {
    let reads = 0;
    class Counter {
      constructor() {
        Object.defineProperty(this, 'n', { get: () => ++reads, enumerable: true });
      }
    }
    expect(codec.encode(new Counter())).toBe('{"n":1}');
    expect(
      codec.encode(new Proxy({ n: 0 }, { get: (_, name) => (name === 'n' ? ++reads : undefined) })),
    ).toBe('{"n":2}');
  });

  it('a toJSON method may itself encode', () => {
    const value = { a: { b: 1, toJSON: () => codec.encode({ deep: { er: [1] } }) }, cb: () => 1 };
    expect(refusal(value).details).toEqual({ path: '$.cb' });
  });
});

describe('depth', () => {
  it('F45 a 20,000-deep array is refused, and the process survives', () => {
    const error = refusal(nested(20_000, 1, (value) => [value]));
    expect(error.code).toBe('PAYLOAD_TOO_COMPLEX');
    expect(error.details).toEqual({ path: `$${'[0]'.repeat(64)}`, depth: 64 });
  });

  it.each<[string, (value: unknown) => unknown]>([
    ['arrays', (value) => [value]],
    ['objects', (value) => ({ a: value })],
    ['Maps', (value) => new Map([[1, value]])],
    ['Sets', (value) => new Set([value])],
    ['errors', (value) => Object.assign(new Error('e'), { details: value })],
  ])('%s may be nested as deep as the limit and no deeper', (_, wrap) => {
    for (const depth of [1, 3, 64, MAX_PAYLOAD_DEPTH]) {
      const limited = new PayloadCodec({ ...DEFAULT_PAYLOAD_LIMITS, depth });
      const text = limited.encode(nested(depth, 'x', wrap));
      expect(limited.encode(limited.decode(text))).toBe(text);
      expect(refusal(nested(depth + 1, 'x', wrap), limited).code).toBe('PAYLOAD_TOO_COMPLEX');
    }
  });

  it.each<[string, unknown]>([
    [
      'a toJSON method',
      new (class Endless {
        toJSON() {
          return { next: new Endless() };
        }
      })(),
    ],
    [
      'a getter',
      new (class Endless {
        constructor() {
          Object.defineProperty(this, 'next', { get: () => new Endless(), enumerable: true });
        }
      })(),
    ],
  ])('F45 %s that never ends is refused', (_, value) => {
    expect(refusal(value).code).toBe('PAYLOAD_TOO_COMPLEX');
  });
});

describe('keys', () => {
  const keyed = (count: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));

  it('F50 an object may have as many keys as the limit and no more', () => {
    expect(codec.encode(keyed(10_000))).toContain('"k9999"');
    const error = refusal({ a: keyed(10_001) });
    expect(error.code).toBe('PAYLOAD_TOO_COMPLEX');
    expect(error.details).toEqual({ path: '$.a', keys: 10_000 });
  });

  it('F50 a Map may have as many entries as the limit and no more', () => {
    expect(codec.encode(new Map(Object.entries(keyed(10_000))))).toContain('"k9999"');
    const error = refusal({ a: new Map(Object.entries(keyed(10_001))) });
    expect(error.code).toBe('PAYLOAD_TOO_COMPLEX');
    expect(error.details).toEqual({ path: '$.a', keys: 10_000 });
  });

  it('F50 an object of a million keys is refused without reading them', () => {
    let reads = 0;
    const million = Object.defineProperty(keyed(1e6), 'trap', {
      get: () => ++reads,
      enumerable: true,
    });
    expect(refusal(million).code).toBe('PAYLOAD_TOO_COMPLEX');
    expect(reads).toBe(0);
  });

  // Red when: libs/workflow/src/payload/forbidden-key.ts
  //   - if (key === '__proto__') return true;
  //   +
  it.each<[string, unknown, string]>([
    ['__proto__', { a: [JSON.parse('{"__proto__":{"admin":true}}')] }, '$.a[0].__proto__'],
    ['__proto__ of a harmless kind', JSON.parse('{"b":{"__proto__":1}}'), '$.b.__proto__'],
    [
      'constructor.prototype',
      { a: { constructor: { prototype: { admin: true } } } },
      '$.a.constructor',
    ],
    [
      'constructor.prototype by toJSON',
      { a: { constructor: { toJSON: () => ({ prototype: 1 }) } } },
      '$.a.constructor',
    ],
    [
      'constructor.prototype that cannot be stored',
      { constructor: { prototype: () => 1 } },
      '$.constructor',
    ],
    [
      '__proto__ in an instance',
      { a: Object.defineProperty(new (class {})(), '__proto__', { value: 1, enumerable: true }) },
      '$.a.__proto__',
    ],
  ])('F50 the key %s is refused with its path', (_, value, path) => {
    const error = refusal(value);
    expect(error.code).toBe('PAYLOAD_FORBIDDEN_KEY');
    expect(error.details).toEqual({ path });
  });

  it('F50 a harmless constructor or prototype is data', () => {
    const value = { constructor: 'ACME', prototype: { a: 1 }, b: { constructor: { name: 'x' } } };
    expect(isDeepStrictEqual(codec.decode(codec.encode(value)), value)).toBe(true);
  });
});

describe('size', () => {
  const limited = new PayloadCodec({ ...DEFAULT_PAYLOAD_LIMITS, bytes: 64 });

  it('F49 a payload may be as long as the limit and no longer, in bytes of UTF-8', () => {
    expect(limited.encode('x'.repeat(62))).toHaveLength(64);
    expect(limited.encode('é'.repeat(31))).toHaveLength(33);
    const error = refusal('é'.repeat(32), limited);
    expect(error.code).toBe('PAYLOAD_TOO_LARGE');
    expect(error.details).toEqual({ bytes: 66, limit: 64 });
    expect(refusal('\u0000'.repeat(11), limited).details).toEqual({ bytes: 68, limit: 64 });
  });

  // Red when: libs/workflow/src/payload/payload-encoder.ts
  //   - if (bytes > this.limits.bytes) throw this.tooLarge(bytes);
  //   +
  it('F49 a payload is refused if and only if its text is longer than the limit', () => {
    const value = fc.anything({
      key: fc.string({ maxLength: 3 }).filter((name) => !/^(__proto__|prototype)$/.test(name)),
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(value, (value) => {
        const bytes = Buffer.byteLength(codec.encode(value));
        new PayloadCodec({ ...DEFAULT_PAYLOAD_LIMITS, bytes }).encode(value);
        if (bytes === 1) return;
        const tighter = new PayloadCodec({ ...DEFAULT_PAYLOAD_LIMITS, bytes: bytes - 1 });
        const error = refusal(value, tighter);
        expect(error.code).toBe('PAYLOAD_TOO_LARGE');
        expect(error.details?.bytes).toBeGreaterThan(bytes - 1);
        expect(error.details?.bytes).toBeLessThanOrEqual(bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, () => unknown]>([
    ['string', () => 'x'.repeat(2 ** 28)],
    ['Buffer', () => Buffer.alloc(2 ** 28)],
    ['sparse array', () => Object.assign([], { length: 2 ** 32 - 1 })],
    ['BigInt', () => 1n << (2n ** 26n)],
    ['web of shared arrays', () => nested(60, [], (value) => [value, value])],
  ])('F49 a huge %s is refused before its text exists', (_, make) => {
    const value = make();
    expect(refusal(value).code).toBe('PAYLOAD_TOO_LARGE');
  });

  it('F49 bytes are refused by their length, before base64 is made of them', () => {
    const error = refusal(new Uint8Array(3 * 2 ** 20 + 3));
    expect(error.details).toEqual({ bytes: 4 * 2 ** 20 + 4, limit: 4 * 2 ** 20 });
  });

  it('F49 the walk stops at the limit', () => {
    let reads = 0;
    const list = Array.from({ length: 20 }, () => ({
      toJSON: () => {
        reads++;
        return 'x'.repeat(20);
      },
    }));
    expect(refusal(list, limited).code).toBe('PAYLOAD_TOO_LARGE');
    expect(reads).toBeLessThan(5);
  });
});

function revoked(target: object = {}): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}
