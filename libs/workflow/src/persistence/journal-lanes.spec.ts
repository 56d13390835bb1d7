import { describe, expect, it } from '@jest/globals';
import { JournalLanes, sizeOf, type JournalEntry } from './journal-lanes.js';
import type { JournalRecord } from './journal-record.js';

const creation = (id: string, input = '{}'): JournalRecord => ({
  kind: 'create',
  execution: {
    tenantId: 'acme',
    executionId: id,
    workflowId: 'order',
    workflowVersion: '1.0.0',
    definitionHash: 'hash',
    capability: 'order@1',
    input,
    inputHash: 'hash',
    context: '{}',
  },
});

const checkpoints = (id: string, count: number): JournalRecord => ({
  kind: 'transition',
  transition: {
    tenantId: 'acme',
    executionId: id,
    run: 1,
    fence: 1,
    workerId: 'worker',
    attempts: [],
    checkpoints: Array.from({ length: count }, (_, n) => ({
      stepId: `step-${n}`,
      status: 'completed',
      attempts: 1,
      output: '1',
      finishedAt: 1,
    })),
  },
});

const entry = (record: JournalRecord): JournalEntry => ({
  record,
  size: sizeOf(record),
  resolve: () => undefined,
  reject: () => undefined,
});

const idOf = ({ record }: JournalEntry): string =>
  record.kind === 'create' ? record.execution.executionId : record.transition.executionId;

const filled = (...records: readonly JournalRecord[]): JournalLanes => {
  const lanes = new JournalLanes(({ kind }) => kind);
  for (const record of records) lanes.add(entry(record));
  return lanes;
};

const batches = (lanes: JournalLanes): string[][] => {
  const all: string[][] = [];
  while (!lanes.empty) all.push(lanes.next().map(idOf));
  return all;
};

describe('what waits to be written', () => {
  it('travels with its own kind, and the kind that has waited longest goes first', () => {
    const lanes = filled(creation('a'), checkpoints('b', 1), creation('c'), checkpoints('d', 1));

    expect(batches(lanes)).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('does not keep the other kinds waiting when there is more of it than one batch takes', () => {
    const many = Array.from({ length: 300 }, (_, n) => creation(`many-${n}`));

    const [first, second, third] = batches(filled(...many, checkpoints('b', 1)));

    expect([first?.length, second, third?.length]).toEqual([256, ['b'], 44]);
  });

  it('is bounded by its rows: the checkpoints of a record count one by one', () => {
    const lanes = filled(checkpoints('a', 200), checkpoints('b', 100), checkpoints('c', 100));

    expect(batches(lanes)).toEqual([['a'], ['b', 'c']]);
  });

  it('is bounded by its characters', () => {
    const mebibyte = 'x'.repeat(1024 * 1024);
    const lanes = filled(...['a', 'b', 'c', 'd', 'e'].map((id) => creation(id, mebibyte)));

    expect(batches(lanes)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ]);
  });

  it('is written although it is larger than a batch', () => {
    const lanes = filled(checkpoints('a', 10_000), creation('b', 'x'.repeat(5 * 1024 * 1024)));

    expect(batches(lanes)).toEqual([['a'], ['b']]);
  });

  it('is shared by writers that have nothing else to do', () => {
    const lanes = filled(...Array.from({ length: 33 }, (_, n) => creation(`${n}`)));

    const shares = [lanes.next(2), lanes.next(1)].map(({ length }) => length);

    expect(shares).toEqual([17, 16]);
  });

  it('is not shared when it is only a few', () => {
    const lanes = filled(...Array.from({ length: 31 }, (_, n) => creation(`${n}`)));

    expect(lanes.next(2)).toHaveLength(31);
  });

  it('knows how much it is', () => {
    const lanes = filled(creation('a', 'x'.repeat(98)), checkpoints('b', 3));
    expect(lanes.size).toBe(103);

    lanes.next();
    expect(lanes.size).toBe(3);
    lanes.remove(() => true);

    expect([lanes.size, lanes.empty]).toEqual([0, true]);
  });

  it('can be taken back', () => {
    const lanes = filled(creation('a'), checkpoints('b', 1), creation('c'));

    const removed = lanes.remove(({ record }) => record.kind === 'create');

    expect(removed.map(idOf)).toEqual(['a', 'c']);
    expect(batches(lanes)).toEqual([['b']]);
  });
});
