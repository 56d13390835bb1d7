import { describe, expect, it } from '@jest/globals';
import type { CreateOutcome, NewExecution } from '../engine/journal.port.js';
import { StartMerging } from './start-merging.js';

const start = (executionId: string, more: Partial<NewExecution> = {}): NewExecution => ({
  tenantId: 'acme',
  executionId,
  workflowId: 'order',
  workflowVersion: '1.0.0',
  definitionHash: 'hash',
  capability: 'order@1',
  input: '{}',
  inputHash: `hash-of-${executionId}`,
  context: '{}',
  idempotencyKey: 'key',
  ...more,
});

const CREATED: CreateOutcome = { kind: 'created', fence: 1, createdAt: 1 };

describe('starts with one key', () => {
  it('join the first of them while it is being written', async () => {
    const merging = new StartMerging(() => undefined);
    let answer!: (outcome: CreateOutcome) => void;
    const written: string[] = [];
    const creating = (execution: NewExecution): Promise<CreateOutcome> =>
      merging.create(execution, () => {
        written.push(execution.executionId);
        return new Promise((resolve) => {
          answer = resolve;
        });
      });

    const outcomes = [creating(start('a')), creating(start('b')), creating(start('c'))];
    answer(CREATED);

    const joined = { kind: 'joined', executionId: 'a', inputHash: 'hash-of-a' };
    expect(await Promise.all(outcomes)).toEqual([CREATED, joined, joined]);
    expect(written).toEqual(['a']);
  });

  it('join what the first of them has joined', async () => {
    const merging = new StartMerging(() => undefined);
    const elsewhere: CreateOutcome = { kind: 'joined', executionId: 'z', inputHash: 'hash-of-z' };
    const write = (): Promise<CreateOutcome> => Promise.resolve(elsewhere);

    expect(await Promise.all(['a', 'b'].map((id) => merging.create(start(id), write)))).toEqual([
      elsewhere,
      elsewhere,
    ]);
  });

  it('fail with the first of them, and are free to try again', async () => {
    const merging = new StartMerging(() => undefined);
    const refuse = (): Promise<CreateOutcome> => Promise.reject(new Error('not now'));

    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((id) => merging.create(start(id), refuse)),
    );

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await merging.create(start('b'), () => Promise.resolve(CREATED))).toEqual(CREATED);
  });

  it.each([
    ['tenant', { tenantId: 'globex' }],
    ['workflow', { workflowId: 'refund' }],
    ['key', { idempotencyKey: 'other' }],
    ['key, because it has none', { idempotencyKey: undefined }],
  ])('but of another %s are their own', async (_what, other) => {
    const merging = new StartMerging(() => undefined);
    const write = (): Promise<CreateOutcome> => Promise.resolve(CREATED);

    expect(
      await Promise.all([
        merging.create(start('a'), write),
        merging.create(start('b', other), write),
      ]),
    ).toEqual([CREATED, CREATED]);
  });
});
