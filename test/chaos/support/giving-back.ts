import { expect } from '@jest/globals';
import type { PointName } from '../worker/points.js';
import type { Site } from './workshop.js';

const PATIENT = { workflows: ['patient'] } as const;
const ASK = { key: 'p', workflow: 'patient' };

/** Kills a worker while it gives back at its shutdown what it has not finished. */
export async function surviveGivingBack(
  site: Site,
  point: PointName,
  status: 'running' | 'pending',
): Promise<void> {
  const failure = { point, time: 1, how: 'kill' } as const;
  const worker = await site.start({ ...PATIENT, drainTimeout: 20 }, failure);
  await worker.order('start', ASK);
  await worker.heard('entered', 'p');
  worker.signal('SIGTERM');
  expect(await worker.exit).toEqual({ code: null, signal: 'SIGKILL' });
  const { executions, violations } = await site.stored();
  expect(violations).toEqual([]);
  expect(executions).toMatchObject([{ key: 'p', status }]);

  const second = await site.start(PATIENT);
  await second.heard('entered', 'p');
  await second.order('start', ASK);
  await second.order('release', { key: 'p' });
  // No repeat is counted: neither to be stopped nor to be killed is to fail.
  expect(await second.order('result', ASK)).toMatchObject({ success: true, data: 0 });
  expect(await second.stop()).toEqual({ code: 0, signal: null });
  expect((await site.stored()).violations).toEqual([]);
}
