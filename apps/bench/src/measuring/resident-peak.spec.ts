import { describe, expect, it } from '@jest/globals';
import { watchBySampling, watchResidentPeak } from './resident-peak.js';

const MEGABYTE = 2 ** 20;
const BLOCK = 128 * MEGABYTE;

describe.each([
  ['as this system can', watchResidentPeak],
  ['by looking now and then', watchBySampling],
])('the peak of resident memory, %s', (_way, watch) => {
  it('holds what came meanwhile, also when it has gone again', () => {
    const peak = watch();
    let block: Buffer | undefined = Buffer.alloc(BLOCK, 1);
    const held = process.memoryUsage.rss();
    expect(block.byteLength).toBe(BLOCK);
    block = undefined;
    expect(peak()).toBeGreaterThan(held - BLOCK / 4);
  });
});
