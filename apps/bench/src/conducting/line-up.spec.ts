import { describe, expect, it } from '@jest/globals';
import { WORKLOADS } from '../workloads/workloads.js';
import { lineUpOf } from './line-up.js';

const bound = { at: 'most', value: 2 } as const;
const bounds = { postgres: bound, sqlite: bound };

describe('who runs in each round', () => {
  it('is each subject and reference once', () => {
    const ratios = [
      { subject: 'A', reference: 'B', figure: 'p50' },
      { subject: 'B', reference: 'C', figure: 'p50' },
    ] as const;
    expect(lineUpOf({ subject: 'A', ratios }, 'sqlite')).toEqual(['A', 'B', 'C']);
  });

  it('is the subject of a bound twice: the second time as its control', () => {
    const ratios = [
      { subject: 'A', reference: 'B', figure: 'p50' },
      { subject: 'B', reference: 'C', figure: 'p50', bound: bounds },
    ] as const;
    expect(lineUpOf({ subject: 'A', ratios }, 'sqlite')).toEqual(['A', 'B', 'B', 'C']);
  });

  it('is the subject alone where it is compared with nothing', () => {
    expect(lineUpOf({ subject: 'A', ratios: [] }, 'postgres')).toEqual(['A']);
  });

  it.each(WORKLOADS.map((workload) => [workload.id, workload] as const))(
    'holds a control for each bound of %s',
    (_id, workload) => {
      const lineUp = lineUpOf(workload, 'postgres');
      for (const { subject } of workload.ratios.filter((ratio) => ratio.bound)) {
        expect(lineUp.filter((name) => name === subject)).toHaveLength(2);
      }
    },
  );
});
