import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SeededRandom } from './support/seeded-random.js';
import {
  expectAllDone,
  finishOrders,
  inspect,
  newLedger,
  ORDER_STEPS,
  untilDeath,
  type Ledger,
} from './support/survival.js';
import type { WorkerProcess } from './support/worker-process.js';
import { Workshop, type Site } from './support/workshop.js';
import type { PointName } from './worker/points.js';

jest.setTimeout(180_000);

const EXECUTIONS = 200;
const KILLS = 25;
const PER_LIFE = EXECUTIONS / KILLS;
const SEED = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));
const SETTINGS = { store: 'embedded', workflows: ['order'], concurrency: 8 } as const;

const BOOT_POINTS: readonly PointName[] = [
  'recovery.begin',
  'recovery.updated',
  'recovery.committed',
  'recovery.matched',
];

const KEYS = Array.from({ length: EXECUTIONS }, (_, index) => `k${index}`);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterAll(() => workshop.close());

/**
 * Resolves when steps have acted so many times from now on, or when all orders have ended: those
 * whose start the life before stored without hearing so have fewer steps left than the others.
 */
async function actedAgainOrEnded(
  worker: WorkerProcess,
  times: number,
  ended: Promise<unknown>,
): Promise<void> {
  const enough = worker.count('effect') + times;
  await Promise.race([worker.until(() => worker.count('effect') >= enough), ended]);
}

/**
 * One life under load, ended at a random moment: in the boot, or after a few effects. What two kills
 * have hit already is finished first: after a third, it would be taken for what killed the workers.
 *
 * @param keys the orders so far, of which the last are new
 */
async function live(site: Site, ledger: Ledger, keys: readonly string[], random: SeededRandom) {
  if (random.next() < 0.15) {
    const point = BOOT_POINTS[random.between(0, BOOT_POINTS.length - 1)];
    const booting = site.fork({ workflows: SETTINGS.workflows }, { point, time: 1, how: 'kill' });
    expect(await booting.exit).toEqual({ code: null, signal: 'SIGKILL' });
    return;
  }
  const worker = await site.start(SETTINGS);
  const open = keys.filter((key) => !ledger.acknowledged.has(key));
  const hitTwice = keys.slice(0, -2 * PER_LIFE).filter((key) => ledger.acknowledged.has(key));
  const unfinished = hitTwice.filter((key) => !ledger.finished.has(`${key} notify`));
  await finishOrders(worker, ledger, unfinished);
  const ended = finishOrders(worker, ledger, open);
  const times = random.between(1, open.length * ORDER_STEPS.length);
  await actedAgainOrEnded(worker, times, ended);
  await worker.kill();
  await untilDeath([ended]);
}

describe('F01 F36 kill -9 at random moments under load', () => {
  it(`${EXECUTIONS} executions and ${KILLS} kills: lost 0, stuck 0`, async () => {
    console.log(`Kills at random moments: CHAOS_SEED=${SEED}`);
    const random = new SeededRandom(SEED);
    const site = workshop.site();
    const ledger = newLedger();
    for (; ledger.kills < KILLS; ledger.kills += 1) {
      await live(site, ledger, KEYS.slice(0, (ledger.kills + 1) * PER_LIFE), random);
      await inspect(site, ledger);
    }
    const acknowledged = ledger.acknowledged.size;

    const worker = await site.start(SETTINGS);
    await finishOrders(worker, ledger, KEYS);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    await expectAllDone(site, ledger, KEYS);

    const effects = [...site.effects().values()].reduce((sum, count) => sum + count, 0);
    const repeated = effects - EXECUTIONS * ORDER_STEPS.length;
    // Only what was running at a kill may act again: two steps of each execution in hand.
    expect(repeated).toBeLessThanOrEqual(KILLS * SETTINGS.concurrency * 2);
    console.log(
      `${KILLS} kills, ${acknowledged} starts acknowledged before the last of them, ` +
        `${repeated} steps acted again`,
    );
  });
});
