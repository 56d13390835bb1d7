import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  expectAllDone,
  finishOrders,
  newLedger,
  ORDER_STEPS,
  startOrder,
} from './support/survival.js';
import { Workshop } from './support/workshop.js';

jest.setTimeout(60_000);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.tidy());
afterAll(() => workshop.close());

const CLEAN = { code: 0, signal: null };

describe('a restart', () => {
  // Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.statements.ts
  //   - JOIN ${step} s ON s.tenant_id = t.tenant_id AND s.execution_id = t.execution_id WHERE s.run = t.run OR s.status = 'completed'
  //   + JOIN ${step} s ON s.tenant_id = t.tenant_id AND s.execution_id = t.execution_id WHERE false
  it('F01 goes on behind the last checkpoint, and a crash is not a failed attempt', async () => {
    const site = workshop.site();
    const settings = { workflows: ['patient'] } as const;
    const ask = { key: 'p', workflow: 'patient' };
    const first = await site.start(settings);
    await first.order('start', ask);
    await first.heard('entered', 'p');
    await first.kill();

    const second = await site.start(settings);
    await second.heard('entered', 'p');
    await second.order('start', ask);
    await second.order('release', { key: 'p' });
    expect(await second.order('result', ask)).toMatchObject({ success: true, data: 0 });
    await second.stop();
    expect(site.effects()).toEqual(
      new Map([
        ['p begin', 1],
        ['p wait', 1],
        ['p end', 1],
      ]),
    );
  });

  it('runs a retry that came due while the process was down', async () => {
    const site = workshop.site();
    const ledger = newLedger();
    const first = await site.start({}, { point: 'park.committed', time: 1, how: 'kill' });
    await startOrder(first, ledger, 'a');
    await first.exit;
    const [parked] = (await site.stored()).executions;
    expect(parked).toMatchObject({ key: 'a', status: 'waiting', worker: null });

    const second = await site.start();
    expect(Date.now()).toBeGreaterThan(Number(parked?.visibleAt));
    await finishOrders(second, ledger, ['a']);
    await second.stop();
    await expectAllDone(site, ledger, ['a']);
    expect([...site.effects().values()]).toEqual([1, 1, 1, 1, 1]);
  });
});

// Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.statements.ts
//   - WHERE status IN ('pending', 'waiting')
//   + WHERE status IN ('pending')
describe('F54 a definition that is not registered any more', () => {
  it('leaves its executions suspended with the reason, and they go on when it is back', async () => {
    const site = workshop.site();
    const everything = { workflows: ['patient', 'hourly', 'greeting'] } as const;
    const ask = { key: 'p', workflow: 'patient' };
    const first = await site.start(everything);
    const patient = await first.order('start', ask);
    const hourly = await first.order('start', { key: 'h', workflow: 'hourly' });
    await first.heard('entered', 'p');
    await first.reaches(hourly, 'waiting');
    await first.kill();

    const second = await site.start({ workflows: ['greeting'] });
    for (const [{ executionId }, id] of [
      [patient, 'patient'],
      [hourly, 'hourly'],
    ] as const) {
      expect(await second.order('find', { executionId })).toEqual({
        status: 'suspended',
        reason: expect.stringMatching(`^DEFINITION_MISSING: .*"${id}@1.0.0#`),
      });
    }
    await second.order('start', { key: 'g', workflow: 'greeting' });
    expect(await second.order('result', { key: 'g' })).toMatchObject({ success: true });
    expect(await second.stop()).toEqual(CLEAN);
    expect((await site.stored()).violations).toEqual([]);

    const third = await site.start(everything);
    await third.heard('entered', 'p');
    await third.order('start', ask);
    await third.order('release', { key: 'p' });
    expect(await third.order('result', ask)).toMatchObject({ success: true });
    expect(await third.stop()).toEqual(CLEAN);
    // What waited for its time waits for the rest of it.
    expect(site.effects().get('h ring')).toBe(1);
    expect((await site.stored()).executions.map(({ key, status }) => [key, status])).toEqual([
      ['p', 'completed'],
      ['h', 'waiting'],
      ['g', 'completed'],
    ]);
  });

  it('is back as soon as it is registered in the running application', async () => {
    const site = workshop.site();
    const ledger = newLedger();
    const first = await site.start({}, { point: 'checkpoint.committed', time: 1, how: 'kill' });
    await startOrder(first, ledger, 'a');
    await first.exit;

    const second = await site.start({ workflows: ['greeting'] });
    const executionId = ledger.acknowledged.get('a') ?? '';
    expect(await second.order('find', { executionId })).toMatchObject({ status: 'suspended' });
    await second.order('register', { workflow: 'order' });
    await startOrder(second, ledger, 'a');
    expect(await second.order('result', { key: 'a' })).toMatchObject({ success: true });
    expect(await second.stop()).toEqual(CLEAN);
    expect([...site.effects().values()]).toEqual([1, 1, 1, 1, 1]);
  });
});

// Red when: libs/workflow/src/definition/workflow-compiler.ts
//   - `${id}@${version}#${hash.slice(0, 16)}`
//   + `${id}@${version}`
describe('F55 a definition with the same id and version', () => {
  it('and one more step, or a renamed one, does not get executions of the old graph', async () => {
    const site = workshop.site();
    const ledger = newLedger();
    const first = await site.start({}, { point: 'checkpoint.committed', time: 1, how: 'kill' });
    await startOrder(first, ledger, 'a');
    await first.exit;

    for (const changed of ['order-with-extra-step', 'order-with-renamed-step'] as const) {
      const next = await site.start({ workflows: [changed] });
      const executionId = ledger.acknowledged.get('a') ?? '';
      expect(await next.order('find', { executionId })).toEqual({
        status: 'suspended',
        reason: expect.stringMatching(/^DEFINITION_MISSING: /),
      });
      await next.order('start', { key: changed });
      expect(await next.order('result', { key: changed })).toMatchObject({ success: true });
      expect(await next.stop()).toEqual(CLEAN);
    }

    const last = await site.start();
    await finishOrders(last, ledger, ['a']);
    expect(await last.stop()).toEqual(CLEAN);
    const ofOldGraph = [...site.effects()].filter(([name]) => name.startsWith('a '));
    expect(new Map(ofOldGraph)).toEqual(new Map(ORDER_STEPS.map((step) => [`a ${step}`, 1])));
  });

  it('and other timeouts, names and retries goes on with them', async () => {
    const site = workshop.site();
    const ledger = newLedger();
    const first = await site.start({}, { point: 'checkpoint.committed', time: 1, how: 'kill' });
    await startOrder(first, ledger, 'a');
    await first.exit;

    const second = await site.start({ workflows: ['order-with-other-timeouts'] });
    await finishOrders(second, ledger, ['a']);
    expect(await second.stop()).toEqual(CLEAN);
    await expectAllDone(site, ledger, ['a']);
    expect(site.effects().get('a reserve')).toBe(1);
  });
});

// Red when: libs/workflow/src/persistence/sqlite/exclusive-file.ts
//   - connection.exec('PRAGMA locking_mode = EXCLUSIVE');
//   +
describe('F35 a second process on the same file', () => {
  it.each(['embedded', 'data-source'] as const)(
    'is refused while the first lives, and gets it when that is killed (%s)',
    async (store) => {
      const site = workshop.site();
      const ledger = newLedger();
      const first = await site.start({ store });
      const refused = site.fork({ store, lockTimeout: 100 });
      await expect(refused.ready()).rejects.toMatchObject({ code: 'DATABASE_LOCKED' });
      expect(await refused.exit).toEqual(CLEAN);
      // The attempt has cost the first nothing.
      await startOrder(first, ledger, 'a');

      const patient = site.fork({ store, lockTimeout: 30_000 });
      await patient.heard('booting');
      await first.kill();
      ledger.kills += 1;
      await patient.ready();
      await finishOrders(patient, ledger, ['a']);
      expect(await patient.stop()).toEqual(CLEAN);
      await expectAllDone(site, ledger, ['a']);
    },
  );
});
