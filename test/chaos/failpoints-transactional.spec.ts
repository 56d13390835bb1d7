import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { queryStored } from './support/stored-state.js';
import { untilDeath } from './support/survival.js';
import type { WorkerProcess } from './support/worker-process.js';
import { Workshop, type Site } from './support/workshop.js';
import { failureText, type PointName } from './worker/failpoint.js';

jest.setTimeout(60_000);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.tidy());
afterAll(() => workshop.close());

const SETTINGS = { workflows: ['transfer'] } as const;

/** Rows that the transactions of a key have written, in their order. */
const transfers = (site: Site, key: string): string[] =>
  queryStored<{ step: string }>(
    site.database,
    `SELECT step FROM transfer WHERE key = '${key}' ORDER BY rowid`,
  ).map(({ step }) => step);

async function dieAt(worker: WorkerProcess, point: PointName, time: number): Promise<void> {
  await worker.order('arm', { failAt: failureText({ point, time, how: 'kill' }) });
}

async function expectDeath(worker: WorkerProcess, site: Site): Promise<void> {
  expect(await worker.exit).toEqual({ code: null, signal: 'SIGKILL' });
  expect(site.stored().violations).toEqual([]);
}

describe('F01 kill -9 in a transactional step: its effects are there once, with its checkpoint', () => {
  it.each<[PointName]>([['transaction.commit'], ['transaction.committed']])(
    '%s, of the first step and of the one that ends the execution',
    async (point) => {
      const site = workshop.site();
      for (const time of [1, 2]) {
        const key = `t${time}`;
        const ask = { key, workflow: 'transfer' };
        const worker = await site.start(SETTINGS);
        await dieAt(worker, point, time);
        await untilDeath([worker.order('start', ask)]);
        await expectDeath(worker, site);

        const heir = await site.start(SETTINGS);
        await heir.order('start', ask);
        expect(await heir.order('result', ask)).toMatchObject({ success: true });
        expect(await heir.stop()).toEqual({ code: 0, signal: null });
        expect(transfers(site, key)).toEqual(['debit', 'credit']);
        expect(site.stored().violations).toEqual([]);
      }
    },
  );
});

describe('F73 kill -9 in a transaction of the application that starts an execution', () => {
  it.each<[PointName, readonly string[]]>([
    ['transaction.commit', []],
    ['transaction.committed', ['order', 'debit', 'credit']],
  ])('%s: both are there, or neither', async (point, expected) => {
    const site = workshop.site();
    const first = await site.start(SETTINGS);
    await dieAt(first, point, 1);
    await untilDeath([first.order('startInTransaction', { key: 'u' })]);
    await expectDeath(first, site);
    const [stored] = site.stored().executions;
    expect(stored !== undefined).toBe(expected.length > 0);

    const second = await site.start(SETTINGS);
    if (stored) await second.reaches({ executionId: stored.id }, 'completed');
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    expect(transfers(site, 'u')).toEqual(expected);
    expect(site.stored().violations).toEqual([]);
  });
});
