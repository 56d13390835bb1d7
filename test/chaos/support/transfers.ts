import { expect } from '@jest/globals';
import { failureText } from '../worker/failpoint.js';
import type { PointName } from '../worker/points.js';
import { untilDeath } from './survival.js';
import type { WorkerProcess } from './worker-process.js';
import type { Site } from './workshop.js';

const SETTINGS = { workflows: ['transfer'] } as const;

/** Rows that the transactions of a key have written. */
async function transfers(site: Site, key: string): Promise<string[]> {
  const rows = await site.query<{ step: string }>(
    `SELECT step FROM transfer WHERE key = '${key}' ORDER BY step`,
  );
  return rows.map(({ step }) => step);
}

const dieAt = (worker: WorkerProcess, point: PointName, time: number): Promise<true> =>
  worker.order('arm', { failAt: failureText({ point, time, how: 'kill' }) });

async function expectDeath(worker: WorkerProcess, site: Site): Promise<void> {
  expect(await worker.exit).toEqual({ code: null, signal: 'SIGKILL' });
  expect((await site.stored()).violations).toEqual([]);
}

/** Kills a worker in the first of two transactional steps, and the next one in the second. */
export async function surviveTransactions(site: Site, point: PointName): Promise<void> {
  let worker = await site.start(SETTINGS);
  for (const time of [1, 2]) {
    const key = `t${time}`;
    const ask = { key, workflow: 'transfer' };
    await dieAt(worker, point, time);
    await untilDeath([worker.order('start', ask)]);
    await expectDeath(worker, site);

    worker = await site.start(SETTINGS);
    await worker.order('start', ask);
    expect(await worker.order('result', ask)).toMatchObject({ success: true });
  }
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
  expect(await transfers(site, 't1')).toEqual(['credit', 'debit']);
  expect(await transfers(site, 't2')).toEqual(['credit', 'debit']);
  expect((await site.stored()).violations).toEqual([]);
}

/** Kills a worker in the transaction of the application in which an execution is started. */
export async function surviveStartInTransaction(
  site: Site,
  point: PointName,
  there: 'both' | 'neither',
): Promise<void> {
  const first = await site.start(SETTINGS);
  await dieAt(first, point, 1);
  await untilDeath([first.order('startInTransaction', { key: 'u' })]);
  await expectDeath(first, site);
  const { executions } = await site.stored();
  expect(executions).toHaveLength(there === 'both' ? 1 : 0);

  const second = await site.start(SETTINGS);
  for (const { id } of executions) await second.reaches({ executionId: id }, 'completed');
  expect(await second.stop()).toEqual({ code: 0, signal: null });
  expect(await transfers(site, 'u')).toEqual(there === 'both' ? ['credit', 'debit', 'order'] : []);
  expect((await site.stored()).violations).toEqual([]);
}
