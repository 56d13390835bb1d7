import { describe, expect, it } from '@jest/globals';
import { watchBySampling, watchResidentPeak } from './resident-peak.js';

const MEGABYTE = 2 ** 20;
const BLOCK = 128 * MEGABYTE;

describe.each([
  ['as this system can', watchResidentPeak],
  ['by looking now and then', watchBySampling],
])('the peak of resident memory, %s', (_way, watch) => {
  it('holds what came meanwhile', () => {
    const before = process.memoryUsage.rss();
    const peak = watch();
    const block = Buffer.alloc(BLOCK, 1);
    expect(peak()).toBeGreaterThan(before + block.byteLength / 2);
  });
});
