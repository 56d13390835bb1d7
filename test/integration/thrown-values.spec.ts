import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { from, of, throwError } from 'rxjs';
import { NonRetryableError, Step, Workflow, type WorkflowError } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { runOnce, step, workflow } from '../support/definitions.js';

const circular = (): Error => {
  const error = new Error('around');
  error.cause = error;
  return error;
};

const hostileGetters = (): object =>
  Object.defineProperties(
    {},
    Object.fromEntries(
      ['message', 'name', 'code', 'retryable', 'success', 'then', 'toString', 'errors'].map(
        (key) => [
          key,
          {
            get: () => {
              throw new Error('hostile');
            },
          },
        ],
      ),
    ),
  );

const hostileProxy = (): object =>
  new Proxy(
    {},
    {
      get: () => {
        throw new Error('hostile');
      },
      getPrototypeOf: () => {
        throw new Error('hostile');
      },
      has: () => {
        throw new Error('hostile');
      },
    },
  );

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

// Red when: libs/workflow/src/engine/step-failure.ts
//   - } catch { return undefined; }
//   + } catch (error) { throw error; }
describe('F51 whatever a step throws', () => {
  const start = appPerTest();

  it.each<[string, () => unknown, string]>([
    ['a string', () => 'broken', 'Thrown: broken'],
    ['a number', () => 7, 'Thrown: 7'],
    ['null', () => null, 'Thrown: null'],
    ['undefined', () => undefined, 'Thrown: undefined'],
    ['a symbol', () => Symbol('s'), 'Thrown: Symbol(s)'],
    ['a bigint', () => 1n, 'Thrown: 1'],
    ['a frozen error', () => Object.freeze(new Error('cold')), 'Error: cold'],
    ['an error that causes itself', circular, 'Error: around'],
    [
      'an AggregateError',
      () => new AggregateError([new Error('a'), 'b'], 'both'),
      'AggregateError: both',
    ],
    ['a DOMException', () => new DOMException('gone', 'AbortError'), 'AbortError: gone'],
    ['a subclass', () => new TypeError('odd'), 'TypeError: odd'],
    ['a plain object', () => ({ message: 'm' }), 'Thrown: [object Object]'],
    [
      'an object without prototype',
      () => Object.create(null) as object,
      'Thrown: a value that cannot be read',
    ],
    ['hostile getters', hostileGetters, 'Thrown: a value that cannot be read'],
    ['a hostile proxy', hostileProxy, 'Thrown: a value that cannot be read'],
    ['a revoked proxy', revoked, 'Thrown: a value that cannot be read'],
    [
      'an error whose message is no text',
      () => Object.assign(new Error(), { message: { toString: undefined } }),
      'Thrown: a value that cannot be read',
    ],
    [
      'an error of another realm',
      () => runInContext('new Error("far")', createContext()),
      'Error: far',
    ],
    ['a function', () => String, 'Thrown: function String()'],
  ])('%s ends as one failure with a readable message', async (_what, make, message) => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [
        step('a', () => {
          throw make();
        }),
      ]),
    );
    expect(result).toMatchObject({ success: false, statusCode: 500 });
    expect(result.errors).toEqual([
      {
        code: 'STEP_FAILED',
        message: expect.stringContaining(message),
        stepId: 'a',
        retryable: true,
        timestamp: expect.any(Date),
      },
    ]);
    // The store tells the same as the caller was told.
    const id = result.metadata?.executionId ?? '';
    const stored = await manager.runAsTenant('acme', () => manager.getExecutionStatus(id));
    expect(stored).toMatchObject({ status: 'failed', errors: result.errors });
  });

  it('is cut where it is too long to keep', async () => {
    const { manager } = await start({});
    const long = 'x'.repeat(5_000_000);
    const definition = (id: string, make: () => unknown) =>
      workflow(id, [
        step('a', () => {
          throw make();
        }),
      ]);
    for (const [id, make] of [
      ['error', () => new Error(long)],
      ['deliberate', () => new NonRetryableError(long)],
      ['text', () => long],
    ] as const) {
      const [error] = (await runOnce(manager, definition(id, make))).errors ?? [];
      expect(error?.message).toHaveLength(4_000);
    }
  });
});

describe('F51 whatever errors a step reports', () => {
  const start = appPerTest();

  const reported = async (errors: unknown): Promise<WorkflowError[]> => {
    const { manager } = await start({});
    const result = await runOnce(
      manager,
      workflow('w', [step('a', () => ({ success: false, message: 'no', errors }))]),
    );
    expect(result).toMatchObject({ success: false, statusCode: 500 });
    return result.errors ?? [];
  };

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no list', 'ONE, TWO'],
    ['an empty list', []],
  ])('%s becomes one error with the message of the envelope', async (_what, errors) => {
    expect(await reported(errors)).toEqual([
      expect.objectContaining({ code: 'STEP_REPORTED_FAILURE', message: 'no', retryable: false }),
    ]);
  });

  it.each<[string, unknown, Partial<WorkflowError>]>([
    ['a text', 'sold out', { code: 'STEP_REPORTED_FAILURE', message: 'sold out' }],
    ['null', null, { message: 'null' }],
    ['an Error', new Error('sold out'), { message: 'sold out' }],
    [
      'a field that cannot be stored',
      { code: 'A', message: 'm', retryable: false, timestamp: new Date(0), retry: () => 1 },
      { code: 'A', message: 'm', timestamp: new Date(0) },
    ],
    [
      'details that cannot be stored',
      { code: 'A', message: 'm', retryable: false, details: { retry: () => 1 } },
      { code: 'A', message: 'm' },
    ],
  ])('%s in place of an error becomes an error', async (_what, error, expected) => {
    const [found, ...others] = await reported([error]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ stepId: 'a', retryable: false, ...expected });
    expect(found).not.toHaveProperty('retry');
  });

  it('keep their details where another one loses its own', async () => {
    const good = { code: 'A', message: 'm', retryable: false, details: { sku: 1 } };
    const bad = { code: 'B', message: 'm', retryable: false, details: { sku: () => 1 } };
    const errors = await reported([good, bad]);
    expect(errors.map(({ code, details }) => [code, details])).toEqual([
      ['A', { sku: 1 }],
      ['B', undefined],
    ]);
  });

  it('are a list of any length: what is too much is left out, and the execution ends', async () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({
      code: `E${index}`,
      message: 'm'.repeat(1_000),
      retryable: false,
    }));
    const errors = await reported(many);
    expect(errors.length).toBeGreaterThan(100);
    expect(errors[0]?.code).toBe('E0');
  });

  it('of several steps may be too much together, and the execution ends', async () => {
    const { manager } = await start({});
    const big = 'x'.repeat(3_000_000);
    const fail = (): never => {
      throw new NonRetryableError('no', { code: 'BIG', details: { big } });
    };
    const result = await runOnce(
      manager,
      workflow('w', [step('a', fail), step('b', fail)], {
        errorHandling: { strategy: 'continue-on-error', maxRetries: 0 },
      }),
    );
    expect(result.success).toBe(false);
    expect(result.errors?.map(({ code, stepId }) => [code, stepId])).toEqual([
      ['BIG', 'a'],
      ['BIG', 'b'],
    ]);
  });

  it('end the execution even where the limit leaves room for next to nothing', async () => {
    const { manager } = await start({ options: { limits: { payloadBytes: 220 } } });
    const result = await runOnce(
      manager,
      workflow('w', [
        step('a', () => {
          throw new Error('x'.repeat(300));
        }),
      ]),
    );
    expect(result).toMatchObject({ success: false, statusCode: 500 });
  });
});

// Red when: libs/workflow/src/engine/step-attempt.ts
//   - return Promise.reject(error);
//   + return Promise.resolve(undefined);
describe('F52 however a step settles', () => {
  const start = appPerTest();

  const outcome = async (handler: () => unknown) => {
    const { manager } = await start({});
    const result = await runOnce(manager, workflow('w', [step('a', handler)]));
    return result.success ? { data: result.data } : { errors: result.errors };
  };
  const failed = (message: string) => ({
    errors: [expect.objectContaining({ code: 'STEP_FAILED', message })],
  });

  it('a synchronous throw is a failure', async () => {
    const thrown = await outcome(() => {
      throw new Error('at once');
    });
    expect(thrown).toEqual(failed('Error: at once'));
  });

  it('a thenable is awaited, and its `then` may throw', async () => {
    // oxlint-disable-next-line unicorn/no-thenable
    const good = { then: (resolve: (value: number) => void) => resolve(7) };
    const bad = {
      // oxlint-disable-next-line unicorn/no-thenable
      then: () => {
        throw new Error('in then');
      },
    };
    const late = {
      // oxlint-disable-next-line unicorn/no-thenable
      then: (resolve: (value: number) => void) => {
        resolve(8);
        throw new Error('after resolve');
      },
    };
    expect(await outcome(() => good)).toEqual({ data: 7 });
    expect(await outcome(() => bad)).toEqual(failed('Error: in then'));
    expect(await outcome(() => late)).toEqual({ data: 8 });
  });

  it('a thenable that settles twice settles once', async () => {
    const twice = {
      // oxlint-disable-next-line unicorn/no-thenable
      then: (resolve: (value: unknown) => void, reject: (error: Error) => void) => {
        resolve('first');
        reject(new Error('second'));
        resolve('third');
      },
    };
    expect(await outcome(() => twice)).toEqual({ data: 'first' });
  });

  it('an asynchronous generator is refused, not run and not repeated', async () => {
    let yielded = 0;
    let calls = 0;
    const found = await outcome(() => {
      calls += 1;
      return (async function* () {
        yielded += 1;
        yield 1;
      })();
    });
    expect(found).toEqual({
      errors: [expect.objectContaining({ code: 'SERIALIZATION_FAILED', retryable: false })],
    });
    expect([calls, yielded]).toEqual([1, 0]);
  });

  it('a result with hostile getters is one failure', async () => {
    const found = await outcome(() => ({
      get success(): boolean {
        throw new Error('hostile');
      },
    }));
    expect(found).toEqual(failed('Error: hostile'));
  });

  it.each(['a revoked proxy', 'a hostile proxy'])('%s as output is one failure', async (what) => {
    const make = what === 'a hostile proxy' ? hostileProxy : revoked;
    const found = await outcome(() => [make()]);
    expect(found).toEqual({ errors: [expect.objectContaining({ stepId: 'a' })] });
  });

  it('nothing at all is the output null', async () => {
    expect(await outcome(() => undefined)).toEqual({ data: null });
  });

  it('an Observable of a decorated step gives its last value', async () => {
    @Workflow({ id: 'observable', version: '1.0.0', errorHandling: { strategy: 'fail-fast' } })
    class ObservableWorkflow {
      @Step()
      values() {
        return from([1, 2, 3]);
      }

      @Step({ critical: false })
      empty() {
        return from([]);
      }

      @Step({ critical: false })
      broken() {
        return throwError(() => new Error('stream'));
      }

      @Step()
      one() {
        return of('one');
      }
    }
    const { manager } = await start({ providers: [ObservableWorkflow] });
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow(ObservableWorkflow));
    expect(result).toMatchObject({
      success: true,
      degraded: true,
      data: { values: 3, one: 'one' },
    });
    expect(result.errors?.map(({ stepId }) => stepId)).toEqual(['empty', 'broken']);
  });
});
