import { describe, expect, it } from '@jest/globals';
import { memoryVerdict } from './memory-slope.js';
import type { MemoryState } from './memory-state.js';

const MEGABYTE = 2 ** 20;

const rounds = (megabytes: readonly number[], change: Partial<MemoryState> = {}): MemoryState[] =>
  megabytes.map((heap) => ({
    heapBytes: heap * MEGABYTE,
    residentBytes: 200 * MEGABYTE,
    resources: { Timeout: 1 },
    ...change,
  }));

describe('the verdict on memory', () => {
  it('is the slope for 1,000 executions', () => {
    const found = memoryVerdict(rounds([50, 52, 54, 56, 58, 60]), 4_000);
    expect(found.heapSlope).toBeCloseTo(0.5);
    expect(found).toMatchObject({ residentSlope: 0, moreResources: false, verdict: 'holds' });
  });

  it('leaves out the first round', () => {
    expect(memoryVerdict(rounds([10, 90, 90, 90, 90, 90]), 1_000).heapSlope).toBe(0);
  });

  it('does not hold beyond a megabyte, of heap or of resident memory', () => {
    expect(memoryVerdict(rounds([0, 2, 4, 6, 8, 10]), 1_000).verdict).toBe('does not hold');
    const resident = rounds([50, 50, 50, 50, 50, 50]).map((state, round) => ({
      ...state,
      residentBytes: round * 2 * MEGABYTE,
    }));
    expect(memoryVerdict(resident, 1_000).verdict).toBe('does not hold');
  });

  it('holds although a timer is missing for a moment', () => {
    const fewer = rounds([50], { resources: {} });
    const found = memoryVerdict([...rounds([50, 50, 50]), ...fewer, ...rounds([50, 50])], 1_000);
    expect(found).toMatchObject({ moreResources: false, verdict: 'holds' });
  });

  it('does not hold when something stays open', () => {
    const more = rounds([50], { resources: { Timeout: 1, TCPSocketWrap: 1 } });
    const found = memoryVerdict([...rounds([50, 50, 50, 50, 50]), ...more], 1_000);
    expect(found).toMatchObject({ moreResources: true, verdict: 'does not hold' });
  });
});
