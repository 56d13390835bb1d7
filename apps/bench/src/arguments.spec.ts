import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '));

describe('the arguments of the bench', () => {
  it('ask for everything on both stores where there are none', () => {
    const asked = read('');
    expect(asked).toMatchObject({ task: 'measure', stores: ['postgres', 'sqlite'], json: false });
    expect(asked).toMatchObject({ pairs: undefined });
    expect(idsOf('')).toEqual(['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'idle']);
  });

  it('choose workloads, a store, a number of pairs and the form', () => {
    const line = '--only W1,W3 --store sqlite --pairs 3 --json';
    expect(read(line)).toMatchObject({ stores: ['sqlite'], pairs: 3, json: true });
    expect(idsOf(line)).toEqual(['W1', 'W3']);
  });

  it('name a workload twice, and it is measured once', () => {
    expect(idsOf('--only W3,W1,W3')).toEqual(['W3', 'W1']);
  });

  it('choose a workload that one of the stores does not have, beside one that it has', () => {
    expect(idsOf('--only W3,W7')).toEqual(['W3', 'W7']);
  });

  it('ask for a profile', () => {
    expect(read('--profile W1')).toMatchObject({ task: 'profile', subject: 'W1' });
    expect(read('--profile W7 --store postgres')).toMatchObject({ subject: 'W7' });
  });

  it('ask for the memory', () => {
    expect(read('--memory')).toMatchObject({ task: 'weigh', executions: 1_000_000 });
    expect(read('--memory --executions 600 --store sqlite')).toMatchObject({ executions: 600 });
  });
});

describe('what is refused, with a line that says why', () => {
  it.each([
    ['--only W9', '--only W9: there is no such workload; there are W1, W2,'],
    ['--only W7 --store sqlite', '--only W7: it does not run on sqlite.'],
    ['--only W3,W7 --store sqlite', '--only W7: it does not run on sqlite.'],
    ['--only W7', '--only W7: there is nothing of that to measure on sqlite.'],
    ['--store mysql', '--store mysql: use postgres or sqlite.'],
    ['--pairs 0', '--pairs 0: use a whole number of 1 or more.'],
    ['--pairs many', '--pairs many: use a whole number of 1 or more.'],
    ['--memory --executions 1.5', '--executions 1.5: use a whole number of 1 or more.'],
    ['--executions 100', '--executions is for --memory only.'],
    ['--memory --only W6', '--only does not go together with --memory.'],
    ['--memory --pairs 3', '--pairs does not go together with --memory.'],
    ['--profile W1 --memory', '--memory does not go together with --profile.'],
    ['--profile W1 --only W1', '--only does not go together with --profile.'],
    ['--profile W1 --pairs 3', '--pairs does not go together with --profile.'],
    ['--profile W1 --executions 3', '--executions does not go together with --profile.'],
    ['--profile W9', '--profile W9: there is no such subject on postgres; there are W1;'],
    ['--profile W7', '--profile W7: there is no such subject on sqlite; there are W1;'],
    ['--pairs 3 --pairs 4', '--pairs is there twice.'],
    ['--pair 3', "Unknown option '--pair'"],
    ['W3', "Unexpected argument 'W3'"],
  ])('%s', (line, reason) => {
    expect(() => read(line)).toThrow(reason);
    expect(() => read(line)).toThrow(/^[^\n]+$/);
  });
});

function idsOf(line: string): string[] {
  const asked = read(line);
  return asked.task === 'measure' ? asked.workloads.map(({ id }) => id) : [];
}
