import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  expectAllDone,
  finishOrders,
  insistOnOrder,
  newLedger,
  surviveTwoKills,
} from './support/survival.js';
import { Workshop } from './support/workshop.js';
import { failureText } from './worker/failpoint.js';
import type { PointName } from './worker/points.js';

jest.setTimeout(60_000);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.tidy());
afterAll(() => workshop.close());

// Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.journal-store.ts
//   - case 'end': statements.change(this.sql.removeTask, [tenantId, executionId]);
//   + case 'end': statements.change(this.sql.removeTask, [tenantId, executionId]); statements.change('COMMIT', []); statements.change('BEGIN', []);
describe('F01 F36 kill -9 while an execution advances, at the first time and at the second', () => {
  it.each<[PointName]>([
    ['step.before-effect'],
    ['step.after-effect'],
    ['checkpoint.insert'],
    ['checkpoint.inserted'],
    ['checkpoint.committed'],
    ['attempt.insert'],
    ['attempt.inserted'],
    ['park.updated'],
    ['park.committed'],
    ['end.updated'],
    ['end.committed'],
  ])('%s', (point) => surviveTwoKills(workshop.site(), point));
});

describe('F16 a statement fails although, or before, it took effect', () => {
  const POINTS: readonly PointName[] = [
    'start.commit',
    'start.committed',
    'claim.committed',
    'checkpoint.inserted',
    'checkpoint.committed',
    'attempt.inserted',
    'park.committed',
    'end.updated',
    'end.committed',
  ];

  it('and nothing is lost, doubled or stuck in the process that lives on', async () => {
    const site = workshop.site();
    const ledger = newLedger();
    const worker = await site.start();
    const all: string[] = [];
    for (const point of POINTS) {
      const keys = ['a', 'b', 'c', 'd'].map((key) => `${point}-${key}`);
      all.push(...keys);
      await worker.order('arm', { failAt: failureText({ point, time: 1, how: 'throw' }) });
      await Promise.all(keys.map((key) => insistOnOrder(worker, ledger, key)));
      await finishOrders(worker, ledger, keys);
      expect([point, await worker.order('failed', {})]).toEqual([point, true]);
    }
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    // One failure may cost a step that had acted already one more time.
    ledger.kills = 1;
    await expectAllDone(site, ledger, all);
  });
});
