import { expect, it } from '@jest/globals';
import { PayloadCodec } from '../../../libs/workflow/src/payload/payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS } from '../../../libs/workflow/src/payload/payload-limits.js';
import type { ObservedStore } from '../support/observed-store.js';
import {
  WORKER,
  attempt,
  completed,
  end,
  failed,
  keyOf,
  owned,
  ownerOf,
  pending,
  starterOf,
  transition,
} from '../support/records.js';

const codec = new PayloadCodec(DEFAULT_PAYLOAD_LIMITS);

const PAYLOADS: readonly (readonly [string, string])[] = [
  ['F47 NUL and other control characters', codec.encode('\u0000a\u0001\u001f\u007f\u0085')],
  ['F47 lone surrogates', codec.encode(['\ud800', 'a\udfffb', { '\udc00': '\ud83d' }])],
  ['F47 characters beyond the first plane', codec.encode('𝄞 👩‍👩‍👧 \u2028\u2029\ufeff\uffff')],
  ['F48 integers beyond 2^53', codec.encode([2n ** 64n, -(2n ** 63n), Number.MAX_SAFE_INTEGER])],
  ['F48 numbers as they were written', '[1.0,1e2,-0,12345678901234567890,0.1000]'],
  ['F48 keys in their order, also twice', '{"b":1,"a":2, "b":3}'],
  ['F49 a mebibyte', codec.encode('x'.repeat(2 ** 20 - 2))],
  ['what means something in SQL and in arrays', `"'; DROP TABLE x; -- {\\\\,NULL,\\"} $1 ?1 :a"`],
  ['the text NULL', 'NULL'],
  ['no text at all', ''],
  ['spaces and line ends', ' \t\r\n '],
];

export function payloadRules(store: () => ObservedStore): void {
  it.each(PAYLOADS)('of %s comes back byte for byte', async (_what, text) => {
    const { pastAttempt, checkpoint } = writtenWith(text);
    await store().create(owned(1, { input: text, context: text }));
    await store().record(
      transition(starterOf(1), {
        attempts: [attempt('b', 1, { errors: text })],
        checkpoints: [checkpoint],
        departure: { kind: 'release', delay: 0 },
      }),
    );

    const claimed = await store().claimOne();
    const departure = end({ output: text, errors: text });
    await store().record(transition(ownerOf(claimed), { departure }));
    const ended = await store().executions.find(keyOf(1));

    expect(claimed.input === text && claimed.context === text).toBe(true);
    expect(claimed.checkpoints).toEqual([checkpoint]);
    expect(claimed.attempts).toMatchObject([pastAttempt]);
    expect(ended).toMatchObject({ output: text, errors: text, context: text });
    expect(ended?.checkpoints).toEqual([checkpoint]);
  });

  it.each(PAYLOADS)('of %s comes back from a transactional step', async (_what, text) => {
    const { checkpoint } = writtenWith(text);
    await store().create(owned(1));

    await store().transaction(starterOf(1), () =>
      Promise.resolve({ kind: 'commit', checkpoint, departure: end({ output: text }) }),
    );

    const ended = await store().executions.find(keyOf(1));
    expect(ended).toMatchObject({ output: text });
    expect(ended?.checkpoints).toEqual([checkpoint]);
  });

  it('that is absent is not the same as one that is empty', async () => {
    await store().create(owned(1));
    const checkpoints = [completed('a', { output: '' }), completed('b', { output: undefined })];
    const departure = end({ output: undefined, errors: '' });

    await store().record(transition(starterOf(1), { checkpoints, departure }));

    const ended = await store().executions.find(keyOf(1));
    expect(ended?.output).toBeUndefined();
    expect(ended?.errors).toBe('');
    const outputs = ended?.checkpoints.map(({ stepId, output }) => [stepId, output]);
    expect(outputs?.sort()).toEqual([
      ['a', ''],
      ['b', undefined],
    ]);
  });

  it.each([
    ['a', '0'],
    ['0', 'NULL'],
    ['0199bbbb-0000-7000-8000-000000000001', '{}'],
    [`a${'-'.repeat(61)}z`, `{"',\\}`],
    ['null', "'; DROP TABLE workflow_task; --"],
    ['true', '%_$1?1:x'],
  ])('stands under odd names: tenant %s, key %s', async (tenantId, idempotencyKey) => {
    const odd = {
      tenantId,
      idempotencyKey,
      workflowId: `A.b:c@d-e_${'x'.repeat(245)}`,
      capability: '__proto__@v-1:2#NULL',
      userId: "Zoë O'Neil \\ {NULL} 👩‍👩‍👧",
      workerId: WORKER,
    };
    const steps = ['__proto__', 'constructor', '-', '.', '@:._-', 'NULL', 'y'.repeat(255)];
    await store().create(pending(1, odd));
    await store().record(
      transition(starterOf(1, tenantId), {
        attempts: steps.map((step) => attempt(step, 1)),
        checkpoints: steps.map((step) => failed(step)),
        departure: { kind: 'release', delay: 0 },
      }),
    );

    const claimed = await store().claimOne({ capabilities: [odd.capability] });
    const found = await store().executions.find(keyOf(1, tenantId));

    const { tenantId: _tenantId, workerId: _workerId, idempotencyKey: _key, ...shown } = odd;
    expect(found).toMatchObject({ tenantId, ...shown });
    expect(claimed.checkpoints.map(({ stepId }) => stepId).sort()).toEqual([...steps].sort());
    expect(claimed.attempts.map(({ stepId }) => stepId).sort()).toEqual([...steps].sort());
    expect(await store().create(pending(2, odd))).toMatchObject({ kind: 'joined' });
    expect(
      await store().create(pending(2, { ...odd, idempotencyKey: `${idempotencyKey} ` })),
    ).toMatchObject({ kind: 'created' });
  });
}

const writtenWith = (text: string) => {
  const { retryDelay: _retryDelay, ...pastAttempt } = attempt('b', 1, { errors: text });
  const checkpoint = completed('a', {
    output: text,
    errors: text,
    writes: text,
    audit: text,
    usage: text,
  });
  return { pastAttempt, checkpoint };
};
