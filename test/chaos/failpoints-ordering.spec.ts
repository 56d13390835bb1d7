import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { untilDeath } from './support/survival.js';
import { Workshop } from './support/workshop.js';
import type { PointName } from './worker/failpoint.js';

jest.setTimeout(60_000);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.tidy());
afterAll(() => workshop.close());

const PATIENT = { key: 'p', workflow: 'patient' };
const FRAGILE = { key: 'f', workflow: 'fragile' };

describe('F01 F64 kill -9 while an execution is cancelled', () => {
  it.each<[PointName, string]>([
    ['end.task-deleted', 'running'],
    ['end.updated', 'running'],
    ['end.committed', 'cancelled'],
  ])('at %s: it is %s, and nothing between', async (point, status) => {
    const site = workshop.site();
    const workflows = ['patient', 'greeting'] as const;
    const first = await site.start({ workflows }, { point, time: 1, how: 'kill' });
    const execution = await first.order('start', PATIENT);
    await first.heard('entered', 'p');
    await untilDeath([first.order('cancel', execution)]);
    expect(site.stored().violations).toEqual([]);

    const second = await site.start({ workflows });
    if (status === 'running') await second.heard('entered', 'p');
    // What is due is taken in its order: an execution that was left running before a new one.
    await second.order('start', { key: 'g', workflow: 'greeting' });
    await second.order('result', { key: 'g' });
    expect(second.count('entered')).toBe(status === 'running' ? 1 : 0);
    expect(await second.order('find', execution)).toMatchObject({ status });
    expect(await second.order('cancel', execution)).toBe(status === 'running');
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect(site.stored().violations).toEqual([]);
  });
});

describe('F01 F64 kill -9 while a failed execution is tried again', () => {
  it.each<[PointName]>([['retry.updated'], ['retry.committed']])(
    'at %s: it fails again or is still failed, and can be tried once more',
    async (point) => {
      const site = workshop.site();
      const workflows = ['fragile'] as const;
      const first = await site.start({ workflows }, { point, time: 1, how: 'kill' });
      const execution = await first.order('start', FRAGILE);
      expect(await first.order('result', FRAGILE)).toMatchObject({ success: false });
      await untilDeath([first.order('retry', execution)]);
      expect(site.stored().violations).toEqual([]);

      const second = await site.start({ workflows });
      await second.reaches(execution, 'failed');
      await second.order('mend', FRAGILE);
      expect(await second.order('retry', execution)).toBe(true);
      expect(await second.stop()).toEqual({ code: 0, signal: null });
      expect(site.stored().violations).toEqual([]);
      // What had completed before the failure was not done again.
      expect(site.effects()).toEqual(
        new Map([
          ['f hold', 1],
          ['f crack', 1],
        ]),
      );
    },
  );
});
