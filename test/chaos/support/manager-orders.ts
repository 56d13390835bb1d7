import { expect } from '@jest/globals';
import type { PointName } from '../worker/points.js';
import { untilDeath } from './survival.js';
import type { Site } from './workshop.js';

const PATIENT = { key: 'p', workflow: 'patient' };
const FRAGILE = { key: 'f', workflow: 'fragile' };

/** Kills a worker while it cancels an execution, which is then of the status, and nothing between. */
export async function surviveCancelling(
  site: Site,
  point: PointName,
  status: 'running' | 'cancelled',
): Promise<void> {
  const workflows = ['patient', 'greeting'] as const;
  const first = await site.start({ workflows }, { point, time: 1, how: 'kill' });
  const execution = await first.order('start', PATIENT);
  await first.heard('entered', 'p');
  await untilDeath([first.order('cancel', execution)]);
  // A failpoint that nobody reaches proves nothing.
  expect(first.isAlive).toBe(false);
  expect((await site.stored()).violations).toEqual([]);

  const second = await site.start({ workflows });
  if (status === 'running') await second.heard('entered', 'p');
  // What is due is taken in its order: an execution that was left running before a new one.
  await second.order('start', { key: 'g', workflow: 'greeting' });
  await second.order('result', { key: 'g' });
  expect(second.count('entered')).toBe(status === 'running' ? 1 : 0);
  expect(await second.order('find', execution)).toMatchObject({ status });
  expect(await second.order('cancel', execution)).toBe(status === 'running');
  expect(await second.stop()).toEqual({ code: 0, signal: null });
  expect((await site.stored()).violations).toEqual([]);
}

/** Kills a worker while a failed execution is tried again: it can be tried once more. */
export async function surviveRetrying(site: Site, point: PointName): Promise<void> {
  const workflows = ['fragile'] as const;
  const first = await site.start({ workflows }, { point, time: 1, how: 'kill' });
  const execution = await first.order('start', FRAGILE);
  expect(await first.order('result', FRAGILE)).toMatchObject({ success: false });
  await untilDeath([first.order('retry', execution)]);
  expect(first.isAlive).toBe(false);
  expect((await site.stored()).violations).toEqual([]);

  const second = await site.start({ workflows });
  await second.reaches(execution, 'failed');
  await second.order('mend', FRAGILE);
  expect(await second.order('retry', execution)).toBe(true);
  expect(await second.stop()).toEqual({ code: 0, signal: null });
  expect((await site.stored()).violations).toEqual([]);
  // What had completed before the failure was not done again.
  expect(site.effects()).toEqual(
    new Map([
      ['f hold', 1],
      ['f crack', 1],
    ]),
  );
}
