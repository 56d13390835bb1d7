import { describe, expect, it } from '@jest/globals';
import { createSuccessResult, type WorkflowContext } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { runOnce, step, workflow } from '../support/definitions.js';

class Money {
  constructor(
    readonly amount: number,
    readonly currency: string,
  ) {}

  get text(): string {
    return `${this.amount} ${this.currency}`;
  }
}

describe('outputs', () => {
  const start = appPerTest();

  it('pass through the codec also in memory: what JSON would lose is kept, classes are not', async () => {
    const { manager } = await start({});
    const made = {
      date: new Date(5),
      map: new Map([['k', new Set([1n])]]),
      bytes: new Uint8Array([1, 2]),
      numbers: [Number.NaN, -0, -Infinity],
      missing: undefined,
      error: new TypeError('kept'),
      money: new Money(3, 'EUR'),
    };
    let seen: typeof made | undefined;
    const result = await runOnce(
      manager,
      workflow('w', [
        step('make', () => made),
        step('read', (context) => (seen = context.getOutput('make')), { dependencies: ['make'] }),
      ]),
    );
    const { money, error, ...exact } = made;
    for (const value of [seen, result.data]) {
      expect(value).toMatchObject(exact);
      expect(value?.['money']).toEqual({ ...money });
      expect(value?.['money']).not.toBeInstanceOf(Money);
      expect(value?.['error']).toMatchObject({ name: error.name, message: 'kept' });
      expect(value).toHaveProperty('missing', undefined);
    }
    expect(seen?.date).toBeInstanceOf(Date);
    expect(Object.is(seen?.numbers[1], -0)).toBe(true);
    // Neither the step's own object nor the reader's is what the caller gets.
    expect(seen).not.toBe(made);
    expect(result.data).not.toBe(seen);
  });

  it('are frozen for those who read them, and the caller may do as he likes with his', async () => {
    const { manager } = await start({});
    const attempts: unknown[] = [];
    const change = (context: WorkflowContext): void => {
      const output = context.getOutput<{ list: { n: number }[] }>('make');
      for (const work of [
        () => Object.assign(output, { more: 1 }),
        () => output.list.push({ n: 2 }),
        () => Object.assign(output.list[0] ?? {}, { n: 3 }),
        () => Object.assign(context.input as object, { more: 1 }),
      ]) {
        try {
          work();
          attempts.push('changed');
        } catch (error) {
          attempts.push((error as Error).name);
        }
      }
    };
    const result = await runOnce(
      manager,
      workflow(
        'w',
        [
          step('make', () => ({ list: [{ n: 1 }] })),
          step('change', change, { dependencies: ['make'] }),
          step('read', (context) => context.getOutput('make'), { dependencies: ['change'] }),
        ],
        { output: 'read' },
      ),
      { name: 'Ada' },
    );
    expect(attempts).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError']);
    expect(result.data).toEqual({ list: [{ n: 1 }] });
    expect(Object.isFrozen(result.data)).toBe(false);
  });

  it('are those of the moment the step returned, whatever it does to them later', async () => {
    const { manager } = await start({});
    const shared = { count: 1 };
    const result = await runOnce(
      manager,
      workflow('w', [
        step('make', () => shared),
        step(
          'read',
          (context) => {
            shared.count = 2;
            return context.getOutput('make');
          },
          { dependencies: ['make'] },
        ),
      ]),
    );
    expect(result.data).toEqual({ count: 1 });
  });

  it('of an envelope are its data, also for who depends on it', async () => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step('make', () => createSuccessResult({ id: 1 })),
        step('read', (context) => context.getOutput('make'), { dependencies: ['make'] }),
      ]),
    );
    expect(result.data).toEqual({ id: 1 });
  });

  it('of steps that are not among the dependencies are refused by name', async () => {
    const { manager } = await start({});
    const messages: unknown[] = [];
    const read = (id: string) => (context: WorkflowContext) => {
      try {
        context.getOutput(id);
        messages.push('read');
      } catch (error) {
        const { code, message } = error as { code?: string; message?: string };
        messages.push([code, message]);
      }
    };
    await runOnce(
      manager,
      workflow('w', [
        step('a', () => 1),
        step('b', () => 2, { dependencies: ['a'] }),
        // Of a dependency of a dependency; of a step beside it; of itself; of nothing.
        step('c', read('a'), { dependencies: ['b'] }),
        step('d', read('b'), { dependencies: ['a'] }),
        step('e', read('e')),
        step('f', read('zz')),
      ]),
    );
    expect(messages).toContainEqual('read');
    expect(messages).toContainEqual([
      'STEP_OUTPUT_MISSING',
      'Step "d" asks for the output of "b", which is not among its dependencies. Fix: dependencies: [\'b\'].',
    ]);
    expect(messages.filter((message) => message !== 'read')).toHaveLength(3);
  });

  it('that a step asks for without right fail it at once, without repeats', async () => {
    const { manager } = await start({});
    let attempts = 0;
    const asks = step(
      'asks',
      (context) => {
        attempts += 1;
        return context.getOutput('other');
      },
      { retry: { maxRetries: 3, retryDelay: 0 } },
    );
    const result = await runOnce(manager, workflow('w', [step('other', () => 1), asks]));
    expect(result.errors).toMatchObject([{ code: 'STEP_OUTPUT_MISSING', retryable: false }]);
    expect(attempts).toBe(1);
  });
});

describe('F45 an output that cannot be stored', () => {
  const start = appPerTest();

  const deep = (levels: number): unknown => {
    let value: unknown = 'end';
    for (let level = 0; level < levels; level += 1) value = [value];
    return value;
  };
  const circular = (): unknown => {
    const list: unknown[] = [];
    list.push({ list });
    return list;
  };

  it.each<[string, string, () => unknown]>([
    ['a function', 'SERIALIZATION_FAILED', () => ({ a: [{ cb: () => 1 }] })],
    ['a symbol', 'SERIALIZATION_FAILED', () => Symbol('s')],
    ['a promise inside', 'SERIALIZATION_FAILED', () => ({ later: Promise.resolve(1) })],
    ['a circle', 'SERIALIZATION_FAILED', circular],
    [
      'a getter that throws',
      'SERIALIZATION_FAILED',
      () => ({
        get bad() {
          throw new Error('no');
        },
      }),
    ],
    [
      'a toJSON that throws',
      'SERIALIZATION_FAILED',
      () => ({
        toJSON() {
          throw new Error('no');
        },
      }),
    ],
    ['20,000 levels', 'PAYLOAD_TOO_COMPLEX', () => deep(20_000)],
    [
      'too many keys',
      'PAYLOAD_TOO_COMPLEX',
      () => Object.fromEntries(Object.entries('x'.repeat(10_001))),
    ],
    ['F49 too many bytes', 'OUTPUT_TOO_LARGE', () => 'x'.repeat(5 * 1024 * 1024)],
    [
      'F50 __proto__',
      'PAYLOAD_FORBIDDEN_KEY',
      () => JSON.parse('{"__proto__":{"a":1}}') as unknown,
    ],
  ])('%s fails the step once, with %s, although it may be repeated', async (_what, code, make) => {
    const { manager } = await start({});
    let effects = 0;
    const result = await runOnce(
      manager,
      workflow(
        'w',
        [
          step('a', () => {
            effects += 1;
            return make();
          }),
        ],
        { errorHandling: { strategy: 'retry', maxRetries: 5, retryDelay: 0 } },
      ),
    );
    expect(effects).toBe(1);
    expect(result.success).toBe(false);
    expect(result.errors).toEqual([
      expect.objectContaining({ code, stepId: 'a', retryable: false }),
    ]);
    expect(result.metadata?.steps).toMatchObject([{ status: 'failed', retryCount: 0 }]);
  });

  it('says where in the value the trouble is', async () => {
    const { manager } = await start({});
    const bad = { a: [{ cb: () => 1 }] };
    const result = await runOnce(manager, workflow('w', [step('a', () => bad)]));
    expect(result.errors).toMatchObject([
      { message: expect.stringContaining('"$.a[0].cb"'), details: { path: '$.a[0].cb' } },
    ]);
  });

  it('does not harm what was written beside it', async () => {
    const { manager } = await start({});
    const definition = (id: string, output: unknown) => workflow(id, [step('a', () => output)]);
    const [bad, ...good] = await Promise.all([
      runOnce(
        manager,
        definition('bad', () => 1),
      ),
      ...Array.from({ length: 20 }, (_, index) => runOnce(manager, definition(`g${index}`, index))),
    ]);
    expect(bad?.success).toBe(false);
    expect(good.map(({ data }) => data)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('is refused as an input before anything is stored', async () => {
    const { manager } = await start({});
    const result = await runOnce(manager, workflow('w', [step('a', () => 1)]), { cb: () => 1 });
    expect(result).toMatchObject({
      success: false,
      errors: [{ code: 'SERIALIZATION_FAILED', details: { path: '$.cb' } }],
    });
    expect(await manager.runAsTenant('acme', () => manager.getTenantExecutions())).toEqual([]);
  });
});
