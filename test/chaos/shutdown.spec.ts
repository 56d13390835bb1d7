import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { surviveGivingBack } from './support/giving-back.js';
import { expectAllDone, finishOrders, newLedger, startOrder } from './support/survival.js';
import { Workshop, type Site } from './support/workshop.js';
import type { PointName } from './worker/points.js';

jest.setTimeout(60_000);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.tidy());
afterAll(() => workshop.close());

const PATIENT = { workflows: ['patient'] } as const;
const ASK = { key: 'p', workflow: 'patient' };
const BY_SIGTERM = { code: null, signal: 'SIGTERM' };

/** Whatever the first worker left is finished by another, each effect having happened once. */
async function finishPatiently(site: Site, waits: boolean): Promise<void> {
  const { violations, executions } = await site.stored();
  expect(violations).toEqual([]);
  expect(executions).toMatchObject([{ key: 'p', status: 'pending', worker: null }]);
  const worker = await site.start(PATIENT);
  if (waits) await worker.heard('entered', 'p');
  expect(await worker.order('start', ASK)).toMatchObject({ joined: true });
  if (waits) await worker.order('release', { key: 'p' });
  // No repeat is counted: to be stopped is not to fail.
  expect(await worker.order('result', ASK)).toMatchObject({ success: true, data: 0 });
  expect(worker.count('entered')).toBe(waits ? 1 : 0);
  await worker.stop();
  expect(site.effects()).toEqual(
    new Map([
      ['p begin', 1],
      ['p wait', 1],
      ['p end', 1],
    ]),
  );
}

// Red when: libs/workflow/src/open-engine.ts
//   - executionEngine.drain();
//   +
describe('F12 SIGTERM', () => {
  it('lets a running step finish, begins no other, and gives the execution back', async () => {
    const site = workshop.site();
    const worker = await site.start({ ...PATIENT, store: 'embedded' });
    await worker.order('start', ASK);
    await worker.heard('entered', 'p');
    worker.signal('SIGTERM');
    await worker.heard('shutting-down');
    await expect(worker.order('start', { key: 'q', workflow: 'patient' })).rejects.toThrow(
      'SHUTTING_DOWN',
    );
    await worker.order('release', { key: 'p' });
    expect(await worker.exit).toEqual(BY_SIGTERM);
    expect(site.effects().get('p wait')).toBe(1);
    expect(site.effects().has('p end')).toBe(false);
    await finishPatiently(site, false);
  });

  it('stops a step that takes longer than the drain, which runs again after the restart', async () => {
    const site = workshop.site();
    const worker = await site.start({ ...PATIENT, drainTimeout: 20 });
    await worker.order('start', ASK);
    await worker.heard('entered', 'p');
    worker.signal('SIGTERM');
    await worker.heard('aborted', 'p');
    expect(await worker.exit).toEqual(BY_SIGTERM);
    await finishPatiently(site, true);
  });

  it('under load loses nothing and repeats nothing', async () => {
    const site = workshop.site();
    const ledger = newLedger();
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const first = await site.start({ concurrency: 4 });
    await Promise.all(keys.map((key) => startOrder(first, ledger, key)));
    await first.until(() => first.count('effect') >= 10);
    first.signal('SIGTERM');
    expect(await first.exit).toEqual(BY_SIGTERM);
    const left = (await site.stored()).executions.filter(({ status }) => status === 'running');
    expect(left).toEqual([]);

    const second = await site.start();
    await finishOrders(second, ledger, keys);
    await second.stop();
    // No kill is on the ledger: every step of every order has acted exactly once.
    await expectAllDone(site, ledger, keys);
  });

  it.each<[PointName, 'running' | 'pending']>([
    ['release.updated', 'running'],
    ['release.committed', 'pending'],
  ])('and kill -9 at %s, while work is given back: it is %s', (point, status) =>
    surviveGivingBack(workshop.site(), point, status),
  );
});

// Red when: libs/workflow/src/open-engine.ts
//   - await this.within(parts.settings.drainTimeout, dispatcher.slots.allFree());
//   +
describe('F13 more signals', () => {
  it('begin no second shutdown and do not cut the first short', async () => {
    const site = workshop.site();
    const worker = await site.start({ ...PATIENT, exitByCode: true });
    await worker.order('start', ASK);
    await worker.heard('entered', 'p');
    worker.signal('SIGTERM');
    await worker.heard('shutting-down');
    worker.signal('SIGTERM');
    worker.signal('SIGINT');
    await worker.order('release', { key: 'p' });
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    expect(worker.count('shutting-down')).toBe(1);
    await finishPatiently(site, false);
  });
});
