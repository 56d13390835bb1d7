import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { definitionFaults } from './definition-check.js';
import type { DefinitionFault } from './definition-fault.js';
import type { WorkflowDefinition, WorkflowStep } from './workflow-definition.js';

const handler = (): string => 'done';

const step = (id: string, options: Partial<WorkflowStep> = {}): WorkflowStep => ({
  id,
  handler,
  ...options,
});

const definition = (
  steps: readonly WorkflowStep[],
  options: Partial<WorkflowDefinition> = {},
): WorkflowDefinition => ({ id: 'order', version: '1.0.0', steps, ...options });

const faultsOf = (steps: readonly WorkflowStep[], options: Partial<WorkflowDefinition> = {}) =>
  definitionFaults({ definition: definition(steps, options) });

const codesOf = (faults: readonly DefinitionFault[]): string[] => faults.map(({ code }) => code);

/** What plain JavaScript, which no compiler has checked, may hand over. */
const unchecked = <T>(value: unknown): T => value as T;

describe('F53 what a definition must be', () => {
  it('has no fault when every option is at its limit', () => {
    const steps = [
      step('a'.repeat(255), { timeout: 1, type: 'validation', retry: { jitter: 0 } }),
      step('A.b_c:d@e-9', {
        dependencies: ['a'.repeat(255)],
        timeout: 2 ** 31 - 1,
        retry: { maxRetries: 10_000, jitter: 1, backoff: 'exponential', retryDelay: 0 },
      }),
    ];
    expect(
      faultsOf(steps, {
        id: 'z'.repeat(255),
        version: '0.0.1-rc.1+build.5',
        triggers: [],
        conditions: [],
        crossTenantAllowed: false,
        output: 'A.b_c:d@e-9',
        errorHandling: { strategy: 'continue-on-error', maxRetries: 0, notifications: [] },
      }),
    ).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['256 characters', 'x'.repeat(256)],
    ['a space', 'my order'],
    ['a letter of another alphabet', 'зaказ'],
    ['a combining accent', 'cafe\u0301'],
    ['a full-width letter', 'ｏrder'],
    ['a zero-width joiner', 'or\u200dder'],
    ['a right-to-left override', 'or\u202eder'],
    ['an emoji', 'order🚀'],
    ['a lone surrogate', 'order\ud800'],
    ['a NUL', 'order\u0000'],
    ['a newline at the end', 'order\n'],
    ['a slash', '../order'],
    ['a number', unchecked<string>(7)],
    ['nothing', unchecked<string>(undefined)],
    ['a symbol', unchecked<string>(Symbol('order'))],
  ])('refuses an id with %s', (_what, id) => {
    expect(faultsOf([step('a')], { id })).toContainEqual(
      expect.objectContaining({
        code: 'WORKFLOW_ID_INVALID',
        fix: 'Use 1 to 255 characters of A-Z a-z 0-9 . _ : @ -.',
      }),
    );
    expect(codesOf(faultsOf([step(id)]))).toContain('STEP_ID_INVALID');
  });

  it('takes ids of different case for different steps', () => {
    expect(faultsOf([step('pay'), step('Pay', { dependencies: ['pay'] })])).toEqual([]);
  });

  it.each(['1', '1.0', 'v', '1.0.0.0', '', 'latest', unchecked<string>(1)])(
    'refuses the version %p',
    (version) => {
      expect(faultsOf([step('a')], { version })).toEqual([
        expect.objectContaining({ code: 'WORKFLOW_VERSION_INVALID' }),
      ]);
    },
  );

  it.each([
    ['no list', unchecked<WorkflowStep[]>(undefined)],
    ['an empty list', []],
  ])('refuses a workflow with %s of steps', (_what, steps) => {
    expect(faultsOf(steps)).toEqual([
      expect.objectContaining({ code: 'WORKFLOW_EMPTY', where: 'workflow "order"' }),
    ]);
  });

  it('refuses an output that is not a step, and lists the steps', () => {
    expect(faultsOf([step('pay'), step('ship')], { output: 'shipp' })).toEqual([
      expect.objectContaining({
        code: 'WORKFLOW_OUTPUT_MISSING',
        message: 'The output "shipp" is not a step. Steps: "pay", "ship".',
      }),
    ]);
  });

  it.each<[string, Partial<WorkflowDefinition>]>([
    ['triggers', { triggers: [{ type: 'scheduled' }] }],
    ['conditions', { conditions: [{ field: 'userRole' }] }],
    ['crossTenantAllowed', { crossTenantAllowed: true }],
    ['fallback', { errorHandling: { strategy: 'fallback' } }],
    [
      'fallbackWorkflow',
      { errorHandling: unchecked({ strategy: 'retry', fallbackWorkflow: 'other' }) },
    ],
    ['notifications', { errorHandling: { strategy: 'retry', notifications: [{}] } }],
  ])('refuses what would be ignored: %s', (feature, options) => {
    expect(faultsOf([step('a')], options)).toEqual([
      expect.objectContaining({
        code: 'WORKFLOW_FEATURE_MISSING',
        message: expect.stringContaining(feature) as unknown,
      }),
    ]);
  });

  it.each<[string, Partial<WorkflowDefinition>['errorHandling']]>([
    ['strategy', { strategy: 'give-up' }],
    ['maxRetries', { strategy: 'retry', maxRetries: -1 }],
    ['maxRetries', { strategy: 'retry', maxRetries: 1.5 }],
    ['maxRetries', { strategy: 'retry', maxRetries: 10_001 }],
    ['retryDelay', { strategy: 'retry', retryDelay: -1 }],
    ['F43 retryDelay', { strategy: 'retry', retryDelay: Number.NaN }],
    ['retryDelay', { strategy: 'retry', retryDelay: Infinity }],
    ['retryDelay', { strategy: 'retry', retryDelay: unchecked<number>('1s') }],
    ['maxRetryDelay', { strategy: 'retry', maxRetryDelay: Number.NaN }],
    ['jitter', { strategy: 'retry', jitter: 1.01 }],
    ['backoff', { strategy: 'retry', backoff: unchecked<'fixed'>('linear') }],
  ])('refuses a value out of range: errorHandling.%s', (field, errorHandling) => {
    const [fault, ...others] = faultsOf([step('a')], { errorHandling });
    expect(others).toEqual([]);
    expect(fault).toMatchObject({
      code: 'WORKFLOW_OPTION_INVALID',
      where: 'workflow "order"',
      message: expect.stringContaining(`errorHandling.${field.split(' ').at(-1)}`),
    });
  });

  it('takes a delay that is longer than any timer', () => {
    const month = 31 * 86_400_000;
    expect(
      faultsOf([step('a')], { errorHandling: { strategy: 'retry', retryDelay: month } }),
    ).toEqual([]);
  });

  it.each<[string, Partial<WorkflowStep>]>([
    ['type "guess"', { type: 'guess' }],
    ['timeout 0', { timeout: 0 }],
    ['timeout -5', { timeout: -5 }],
    ['timeout 1.5', { timeout: 1.5 }],
    ['timeout NaN', { timeout: Number.NaN }],
    ['timeout Infinity', { timeout: Infinity }],
    ['timeout 2147483648', { timeout: 2 ** 31 }],
    ['timeout 5s', { timeout: unchecked<number>('5s') }],
    ['retry.jitter -0.1', { retry: { jitter: -0.1 } }],
    ['retry.maxRetries NaN', { retry: { maxRetries: Number.NaN } }],
    ['retryable is false and retry asks for repeats', { retryable: false, retry: {} }],
    ['dependencies', { dependencies: unchecked<string[]>('pay') }],
    ['dependencies', { dependencies: unchecked<string[]>(7) }],
    ['critical', { critical: unchecked<boolean>('false') }],
    ['retryable', { retryable: unchecked<boolean>('no') }],
  ])('refuses the step option %s', (message, options) => {
    const found = faultsOf([step('a', options)]);
    expect(found).toEqual([
      expect.objectContaining({
        code: 'STEP_OPTION_INVALID',
        where: 'workflow "order" step "a"',
        message: expect.stringContaining(message) as unknown,
        fix: expect.stringMatching(/\w/) as unknown,
      }),
    ]);
  });

  it.each([
    ['missing', undefined],
    ['not a function', 'pay'],
    ['not a function', null],
  ])('refuses a step whose handler is %s', (what, given) => {
    const found = faultsOf([step('a', { handler: unchecked(given) })]);
    expect(found).toEqual([
      expect.objectContaining({ code: 'STEP_HANDLER_MISSING', message: `The handler is ${what}.` }),
    ]);
  });

  it.each([null, undefined, 'pay', 7])('refuses %p in place of a step', (given) => {
    const found = faultsOf([step('a'), unchecked<WorkflowStep>(given)]);
    expect(codesOf(found)).toContain('STEP_ID_INVALID');
  });
});

describe('F53 what a graph must be', () => {
  it('names the step nobody declared and what was probably meant', () => {
    const found = faultsOf([
      step('validate'),
      step('charge', { dependencies: ['validte'] }),
      step('ship', { dependencies: ['xyz'] }),
    ]);
    expect(found).toEqual([
      {
        code: 'STEP_DEPENDENCY_MISSING',
        where: 'workflow "order" step "charge"',
        message:
          '"charge" depends on "validte", which is not a step of workflow "order". Steps: "validate", "charge", "ship". Did you mean "validate"?',
        fix: 'Correct the name, or decorate the method with @Step().',
      },
      expect.objectContaining({
        code: 'STEP_DEPENDENCY_MISSING',
        message: expect.not.stringContaining('Did you mean') as unknown,
      }),
    ]);
  });

  it('never suggests the step itself', () => {
    const [fault] = faultsOf([step('pay', { dependencies: ['pays'] }), step('unlike')]);
    expect(fault?.message).not.toContain('Did you mean');
  });

  it('finds a step that waits for itself', () => {
    expect(faultsOf([step('pay', { dependencies: ['pay'] })])).toEqual([
      expect.objectContaining({
        code: 'STEP_DEPENDENCY_CYCLE',
        message: 'Steps depend on each other in a circle: "pay" -> "pay".',
      }),
    ]);
  });

  it('shows the whole circle once, and the steps behind it', () => {
    const found = faultsOf([
      step('a', { dependencies: ['c'] }),
      step('b', { dependencies: ['a'] }),
      step('c', { dependencies: ['b'] }),
      step('d', { dependencies: ['c'] }),
      step('e', { dependencies: ['d'] }),
      step('free'),
    ]);
    expect(found.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'STEP_DEPENDENCY_CYCLE Steps depend on each other in a circle: "a" -> "c" -> "b" -> "a".',
      'STEP_UNREACHABLE "d" can never begin, because "c" cannot.',
      'STEP_UNREACHABLE "e" can never begin, because "d" cannot.',
    ]);
  });

  it('finds two circles that share a step', () => {
    const found = faultsOf([
      step('hub', { dependencies: ['left', 'right'] }),
      step('left', { dependencies: ['hub'] }),
      step('right', { dependencies: ['hub'] }),
    ]);
    expect(codesOf(found)).toEqual(['STEP_DEPENDENCY_CYCLE', 'STEP_DEPENDENCY_CYCLE']);
  });

  it('reports a duplicate id once, however often it occurs', () => {
    expect(faultsOf([step('a'), step('a'), step('a')])).toEqual([
      expect.objectContaining({
        code: 'STEP_DUPLICATE',
        message: 'Two steps of workflow "order" have the id "a".',
      }),
    ]);
  });

  it('finds a circle through the second of two steps with one id', () => {
    const found = faultsOf([
      step('a', { dependencies: ['b'] }),
      step('a'),
      step('b', { dependencies: ['a'] }),
    ]);
    expect(codesOf(found)).toContain('STEP_DUPLICATE');
  });

  it('accepts a dependency that is named twice', () => {
    expect(faultsOf([step('a'), step('b', { dependencies: ['a', 'a'] })])).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('treats the id "%s" like any other', (id) => {
    expect(faultsOf([step(id), step('b', { dependencies: [id] })])).toEqual([]);
    expect(codesOf(faultsOf([step('b', { dependencies: [id] })]))).toEqual([
      'STEP_DEPENDENCY_MISSING',
    ]);
  });

  it('F70 checks a deep and a wide graph of 10,000 steps', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `s${index}`);
    const chain = ids.map((id, index) => step(id, { dependencies: ids.slice(index - 1, index) }));
    const fan = [...ids.map((id) => step(id)), step('join', { dependencies: ids })];
    const hub = [step('hub'), ...ids.map((id) => step(id, { dependencies: ['hub'] }))];
    for (const steps of [chain, fan, hub]) expect(faultsOf(steps)).toEqual([]);
    const circle = [...chain.slice(1), step('s0', { dependencies: ['s9999'] })];
    expect(codesOf(faultsOf(circle))).toEqual(['STEP_DEPENDENCY_CYCLE']);
  });

  it('finds a circle in exactly the graphs that cannot be put in order', () => {
    const graphs = fc.integer({ min: 1, max: 9 }).chain((size) =>
      fc.array(fc.uniqueArray(fc.integer({ min: 0, max: size - 1 })), {
        minLength: size,
        maxLength: size,
      }),
    );
    fc.assert(
      fc.property(graphs, (graph) => {
        const steps = graph.map((dependencies, index) =>
          step(`s${index}`, { dependencies: dependencies.map((other) => `s${other}`) }),
        );
        const found = faultsOf(steps);
        // Kahn's algorithm: whatever is left over is on a circle or behind one.
        const settled = new Set<number>();
        for (let before = -1; before !== settled.size;) {
          before = settled.size;
          graph.forEach((dependencies, index) => {
            if (dependencies.every((other) => settled.has(other))) settled.add(index);
          });
        }
        const stuck = graph.map((_, index) => index).filter((index) => !settled.has(index));
        expect(codesOf(found).includes('STEP_DEPENDENCY_CYCLE')).toBe(stuck.length > 0);
        // Every step that cannot begin is named by a fault, and no other.
        const named = new Set(found.flatMap(({ message }) => message.match(/s\d/g) ?? []));
        expect([...named].map((id) => Number(id.slice(1))).sort()).toEqual(stuck);
      }),
      { numRuns: 500 },
    );
  });
});
