import { describe, expect, it } from '@jest/globals';
import { summarise } from './cpu-profile.js';

const frame = (id: number, functionName: string, url: string) => ({
  id,
  callFrame: { functionName, url, scriptId: '1', lineNumber: 4, columnNumber: 0 },
});

describe('a profile', () => {
  const summary = summarise({
    nodes: [
      frame(1, 'encode', 'file:///home/code/libs/workflow/dist/payload/payload-encoder.js'),
      frame(2, 'query', '/home/code/node_modules/typeorm/node_modules/@scope/pg/lib/client.js'),
      frame(3, '(garbage collector)', ''),
      frame(4, 'writev', ''),
      frame(5, 'nextTick', 'node:internal/process/task_queues'),
      frame(6, '(idle)', ''),
      frame(7, 'encode', 'file:///home/code/libs/workflow/dist/payload/payload-encoder.js'),
    ],
    samples: [1, 2, 3, 4, 5, 6, 7],
    timeDeltas: [1_000, 2_000, 500, 500, 1_000, 90_000, 3_000],
    startTime: 0,
    endTime: 98_000,
  });

  it('tells the time of a function wherever it was called from, and leaves out idleness', () => {
    expect(summary.milliseconds).toBe(8);
    expect(summary.functions[0]).toEqual({
      name: 'encode libs/workflow/dist/payload/payload-encoder.js:5',
      milliseconds: 4,
      share: 0.5,
    });
    expect(summary.functions.map(({ name }) => name)).not.toContain('(idle)');
  });

  it('tells the time of a package, the innermost where one is inside another', () => {
    expect(
      Object.fromEntries(summary.packages.map((each) => [each.name, each.milliseconds])),
    ).toEqual({
      'libs/workflow': 4,
      '@scope/pg': 2,
      node: 1,
      '(garbage collector)': 0.5,
      '(native)': 0.5,
    });
  });
});
