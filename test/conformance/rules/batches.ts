import { expect, it } from '@jest/globals';
import type { Departure, ExecutionKey } from '../../../libs/workflow/src/engine/journal.port.js';
import type { JournalRecord } from '../../../libs/workflow/src/persistence/journal-record.js';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  WORKER,
  attempt,
  completed,
  creating,
  end,
  executionId,
  failure,
  keyOf,
  owned,
  pending,
  recording,
  starterOf,
} from '../support/records.js';

const KEYED = { idempotencyKey: 'key' };
const MINUTE = 60_000;

interface Saying {
  readonly departure: Departure | undefined;
  /** What is in the row of the execution. */
  readonly execution?: object;
  /** What is in the row of its task. `dueIn` is in minutes. */
  readonly task?: object;
}

/** What the n-th of several executions says, other than the others, and what is kept of it. */
const SAYINGS: readonly (readonly [string, (n: number) => Saying])[] = [
  ['stays', () => ({ departure: undefined, task: { status: 'running' } })],
  [
    'ends',
    (n) => {
      const result = {
        status: n % 2 === 0 ? 'completed' : 'failed',
        output: `"${n}"`,
        errors: `["${n}"]`,
        statusCode: 200 + n,
        message: `It is the end of ${n}.`,
        degraded: n < 3,
      } as const;
      return { departure: end(result), execution: result };
    },
  ],
  [
    'parks',
    (n) => ({
      departure: { kind: 'park', delay: n * MINUTE },
      task: { status: 'waiting', dueIn: n },
    }),
  ],
  [
    'gives back',
    (n) => ({
      departure: { kind: 'release', delay: n * MINUTE },
      task: { status: 'pending', fence: 2, dueIn: n },
    }),
  ],
  [
    'suspends',
    (n) => ({
      departure: { kind: 'suspend', reason: `${n} waits for somebody` },
      task: { status: 'suspended', reason: `${n} waits for somebody` },
    }),
  ],
];

/** Keys of executions that speak in one batch, in their order. */
const CASTS: readonly (readonly [string, readonly ExecutionKey[]])[] = [
  ['several', [1, 2, 3, 4].map((n) => keyOf(n))],
  ['one id of two tenants', [keyOf(1), keyOf(1, OTHER_TENANT)]],
];

export function batchRules(store: () => ObservedStore): void {
  it('of nothing has nothing to answer', async () => {
    expect(await store().flush()).toEqual([]);
  });

  it('answers for each of its records in their order', async () => {
    await store().flush(...[1, 2, 3].map((n) => creating(owned(n))));
    await store().create(pending(4, KEYED));

    const outcomes = await store().flush(
      recording(starterOf(2), { checkpoints: [completed('a')] }),
      creating(pending(5, KEYED)),
      recording({ ...starterOf(1), fence: 7 }, { departure: end() }),
      creating(owned(6)),
      recording(starterOf(3), { departure: end() }),
      creating(pending(7)),
    );

    expect(outcomes).toEqual([
      { kind: 'applied', at: expect.any(Number) },
      { kind: 'joined', executionId: executionId(4), inputHash: 'hash-of-4' },
      { kind: 'fenced' },
      { kind: 'created', fence: 1, createdAt: expect.any(Number) },
      { kind: 'applied', at: expect.any(Number) },
      { kind: 'created', fence: 0, createdAt: expect.any(Number) },
    ]);
    const { executions, tasks, checkpoints } = await store().dump();
    expect(executions.map(({ id }) => id)).toEqual([1, 2, 3, 4, 6, 7].map(executionId));
    expect(tasks.map((task) => task.executionId)).toEqual([1, 2, 4, 6, 7].map(executionId));
    expect(checkpoints).toMatchObject([{ ...keyOf(2), stepId: 'a' }]);
  });

  it('makes some that belong to their starters, and some that wait for a claim', async () => {
    await store().flush(
      ...[1, 2].map((n) => creating(owned(n))),
      ...[3, 4].map((n) => creating(owned(n, { workerId: OTHER_WORKER }))),
      ...[5, 6].map((n) => creating(pending(n))),
    );

    const { tasks } = await store().dump();
    expect(tasks.map(({ status, workerId }) => [status, workerId])).toEqual([
      ['running', WORKER],
      ['running', WORKER],
      ['running', OTHER_WORKER],
      ['running', OTHER_WORKER],
      ['pending', undefined],
      ['pending', undefined],
    ]);
    const claimed = await store().claim({ limit: 6 });
    expect(claimed.map((one) => one.executionId).sort()).toEqual([5, 6].map(executionId));
  });

  it.each(['', '\n', '[\n1,\n2\n]'])('keeps the payloads of each apart beside %j', async (odd) => {
    const texts = [odd, '"b"', odd, '"d"'];
    const each = (sayingOf: (n: number, text: string) => JournalRecord) =>
      store().flush(...texts.map((text, index) => sayingOf(index + 1, text)));
    const saying = (step: string, text: string) =>
      completed(step, { output: text, writes: text, usage: undefined });

    await each((n, text) => creating(owned(n, { input: text, context: text })));
    await each((n, text) => recording(starterOf(n), { checkpoints: [saying('a', text)] }));
    await each((n, text) =>
      recording(starterOf(n), {
        checkpoints: [saying('b', text)],
        departure: end({ output: text, errors: text }),
      }),
    );

    const { executions, checkpoints } = await store().dump();
    expect(executions).toMatchObject(
      texts.map((text) => ({ input: text, context: text, output: text, errors: text })),
    );
    expect(checkpoints.map(({ output, writes }) => [output, writes])).toEqual(
      texts.flatMap((text) => [
        [text, text],
        [text, text],
      ]),
    );
  });

  it('writes what is right beside what is fenced', async () => {
    await store().flush(...[1, 2, 3].map((n) => creating(owned(n))));
    const departure = end();

    await store().flush(
      recording(starterOf(1), { checkpoints: [completed('a')], departure }),
      recording({ ...starterOf(2), run: 2 }, { checkpoints: [completed('a')], departure }),
      recording(starterOf(3), { checkpoints: [completed('a')], departure }),
    );

    const { tasks, checkpoints } = await store().dump();
    expect(tasks).toMatchObject([keyOf(2)]);
    expect(checkpoints).toMatchObject([keyOf(1), keyOf(3)]);
  });

  it('makes one execution of equal idempotency keys: the first has it', async () => {
    const outcomes = await store().flush(
      creating(pending(3, KEYED)),
      creating(pending(1, KEYED)),
      creating(owned(2, KEYED)),
    );

    const joined = { kind: 'joined', executionId: executionId(3), inputHash: 'hash-of-3' };
    expect(outcomes).toEqual([expect.objectContaining({ kind: 'created' }), joined, joined]);
    expect((await store().dump()).tasks).toMatchObject([keyOf(3)]);
  });

  it('gives each of a few keys to the first of very many that want it', async () => {
    const keys = ['c', 'a', 'b'];
    const wanting = Array.from({ length: 90 }, (_, n) =>
      creating(pending(90 - n, { idempotencyKey: keys[n % keys.length] })),
    );

    const outcomes = await store().flush(...wanting);

    expect(outcomes.slice(0, 3).map(({ kind }) => kind)).toEqual(['created', 'created', 'created']);
    for (const [n, outcome] of outcomes.slice(3).entries()) {
      expect(outcome).toMatchObject({ kind: 'joined', executionId: executionId(90 - (n % 3)) });
    }
  });

  it('may say twice that an execution shall be', async () => {
    const [first, second] = await store().flush(creating(owned(1)), creating(owned(1)));

    expect(first).toMatchObject({ kind: 'created', fence: 1 });
    expect(second).toEqual(first);
    expect((await store().dump()).tasks).toHaveLength(1);
  });

  it('starts an execution of the same id for each of two tenants', async () => {
    await store().flush(creating(owned(1)), creating(owned(1, { tenantId: OTHER_TENANT })));

    expect((await store().dump()).tasks).toMatchObject([keyOf(1), keyOf(1, OTHER_TENANT)]);
  });

  it('takes an execution further more than once', async () => {
    await store().create(owned(1));

    const outcomes = await store().flush(
      recording(starterOf(1), { checkpoints: [completed('a')] }),
      recording(starterOf(1), { checkpoints: [completed('b')] }),
      recording(starterOf(1), { departure: end() }),
    );

    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'applied', 'applied']);
    const { executions, checkpoints } = await store().dump();
    expect(executions).toMatchObject([{ status: 'completed' }]);
    expect(checkpoints.map(({ stepId }) => stepId)).toEqual(['a', 'b']);
  });

  it.each(SAYINGS)(
    'that %s keeps the first word on each step and on each attempt',
    async (_lane, sayingOf) => {
      await store().create(owned(1));
      const saying = (output: string) => completed('a', { output });

      await store().flush(
        recording(starterOf(1), {
          checkpoints: [saying('1'), saying('2')],
          attempts: [attempt('b', 1), attempt('b', 1)],
          departure: sayingOf(1).departure,
        }),
        recording(starterOf(1), { checkpoints: [saying('3')] }),
      );

      const { checkpoints, attempts } = await store().dump();
      expect(checkpoints).toMatchObject([{ stepId: 'a', output: '1' }]);
      expect(attempts).toMatchObject([{ stepId: 'b', attempt: 1 }]);
    },
  );

  it.each([
    ['end', end()],
    ['park', { kind: 'park', delay: 0 }],
    ['release', { kind: 'release', delay: 0 }],
    ['suspend', { kind: 'suspend', reason: 'somebody asked for it' }],
  ] as const)('fences what follows the %s of an execution', async (_kind, departure) => {
    await store().create(owned(1));

    const outcomes = await store().flush(
      recording(starterOf(1), { departure }),
      recording(starterOf(1), { checkpoints: [completed('late')] }),
      recording(starterOf(1), { departure: { kind: 'park', delay: 5 } }),
    );

    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'fenced', 'fenced']);
    const { tasks, checkpoints } = await store().dump();
    expect(checkpoints).toEqual([]);
    expect(tasks).toHaveLength(departure.kind === 'end' ? 0 : 1);
  });

  it.each(
    SAYINGS.flatMap(([lane, sayingOf]) =>
      CASTS.flatMap(([cast, keys]) =>
        [true, false].map((failed) => {
          const how = failed ? ', each after a failed attempt,' : '';
          return [lane, cast, how, sayingOf, keys, failed] as const;
        }),
      ),
    ),
  )(
    'that %s %s%s keeps what each says apart',
    async (_lane, _cast, _how, sayingOf, keys, failed) => {
      // In another order than that of their keys.
      const numbers = keys.map((_, index) => index + 1).sort((a, b) => (a % 2) - (b % 2) || b - a);
      const keyFor = (n: number) => keys[n - 1] ?? keyOf(0);
      const outputOf = (n: number) => ({ output: `"${n}"` });
      const errorsOf = (n: number) => ({ errors: `["${n}"]` });
      const minutesUntil = (moment: number) => Math.round((moment - store().now) / MINUTE);
      await store().flush(...numbers.map((n) => creating(owned(n, keyFor(n)))));

      await store().flush(
        ...numbers.map((n) =>
          recording(
            { ...starterOf(n), ...keyFor(n) },
            {
              checkpoints: [completed('a', outputOf(n))],
              attempts: failed ? [attempt('b', 1, { ...errorsOf(n), retryDelay: n * MINUTE })] : [],
              departure: sayingOf(n).departure,
            },
          ),
        ),
      );

      const { executions, tasks, checkpoints, attempts } = await store().dump();
      const expected = keys.map((key, index) => ({ n: index + 1, key, ...sayingOf(index + 1) }));
      expect(checkpoints).toMatchObject(expected.map(({ n, key }) => ({ ...key, ...outputOf(n) })));
      expect(
        attempts.map(({ retryAt, ...row }) => ({ ...row, retryIn: minutesUntil(retryAt) })),
      ).toMatchObject(
        failed ? expected.map(({ n, key }) => ({ ...key, ...errorsOf(n), retryIn: n })) : [],
      );
      expect(executions).toMatchObject(expected.map(({ execution }) => execution ?? {}));
      expect(
        tasks.map(({ visibleAt, ...row }) => ({ ...row, dueIn: minutesUntil(visibleAt) })),
      ).toMatchObject(expected.flatMap(({ key, task }) => (task ? [{ ...key, ...task }] : [])));
    },
  );

  it('ends an execution once: the second end is answered like a repetition', async () => {
    await store().create(owned(1));

    const [first, second] = await store().flush(
      recording(starterOf(1), { departure: end() }),
      recording(starterOf(1), { departure: failure() }),
    );

    expect(first).toMatchObject({ kind: 'applied' });
    expect(second).toEqual(first);
    const { executions } = await store().dump();
    expect(executions).toMatchObject([{ status: 'completed', output: '"done"', statusCode: 200 }]);
  });

  it('takes the end of an execution for no end of one of the same id of another tenant', async () => {
    await store().create(owned(1));
    await store().create(owned(1, { tenantId: OTHER_TENANT }));
    const ending = (tenantId?: string) => recording(starterOf(1, tenantId), { departure: end() });
    await store().flush(ending());
    await store().record({
      ...starterOf(1, OTHER_TENANT),
      attempts: [],
      checkpoints: [],
      departure: { kind: 'release', delay: 0 },
    });

    const outcomes = await store().flush(ending(), ending(OTHER_TENANT));

    expect(outcomes.map(({ kind }) => kind)).toEqual(['applied', 'fenced']);
  });

  it('F06 tells two claims of one execution by one worker apart', async () => {
    await store().create(owned(1));
    await store().record({
      ...starterOf(1),
      attempts: [],
      checkpoints: [],
      departure: { kind: 'release', delay: 0 },
    });
    const { fence } = await store().claimOne();

    const outcomes = await store().flush(
      recording(starterOf(1), { checkpoints: [completed('a', { output: '"stale"' })] }),
      recording({ ...starterOf(1), fence }, { checkpoints: [completed('b')] }),
    );

    expect(outcomes.map(({ kind }) => kind)).toEqual(['fenced', 'applied']);
    expect((await store().dump()).checkpoints).toMatchObject([{ stepId: 'b', fence }]);
  });

  it('F06 does not take the end of an earlier claim for the one that came', async () => {
    await store().create(owned(1));
    await store().record({
      ...starterOf(1),
      attempts: [],
      checkpoints: [],
      departure: { kind: 'release', delay: 0 },
    });
    const { fence } = await store().claimOne();
    await store().flush(recording({ ...starterOf(1), fence }, { departure: end() }));

    const outcomes = await store().flush(
      recording(starterOf(1), { departure: failure() }),
      recording({ ...starterOf(1), fence }, { departure: end() }),
    );

    expect(outcomes.map(({ kind }) => kind)).toEqual(['fenced', 'applied']);
  });

  it('of 256 starts and 256 ends has an answer for each', async () => {
    const numbers = Array.from({ length: 256 }, (_, index) => index);

    const created = await store().flush(...numbers.map((n) => creating(owned(n))));
    const ended = await store().flush(
      ...numbers.toReversed().map((n) => recording(starterOf(n), { departure: end() })),
    );

    expect(created.every(({ kind }) => kind === 'created')).toBe(true);
    expect(ended.every(({ kind }) => kind === 'applied')).toBe(true);
    expect((await store().dump()).tasks).toEqual([]);
  });
}
