import { expect } from '@jest/globals';
import { failureText, type Failure } from '../worker/failpoint.js';
import type { PointName } from '../worker/points.js';
import type { StoredState } from './stored-state.js';
import { Died, Refused, type WorkerProcess } from './worker-process.js';
import type { Site } from './workshop.js';

/** Ids of the steps of an order. */
export const ORDER_STEPS = ['reserve', 'charge', 'pack', 'ship', 'notify'] as const;

/** Keys of orders: the second wave begins when the first has been acknowledged. */
type Waves = readonly (readonly string[])[];

/** More than a worker runs at a time, so that some are claimed. */
const WAVES: Waves = [
  ['a', 'b', 'c'],
  ['d', 'e', 'f'],
];

const LATER_WAVES: Waves = [
  ['g', 'h', 'i'],
  ['j', 'k', 'l'],
];

/** What was promised, and what was already done, before something went wrong. */
export interface Ledger {
  /** Executions whose start was acknowledged, by key. */
  readonly acknowledged: Map<string, string>;
  /** How often a step had acted when its checkpoint was found on the disk, by `<key> <step>`. */
  readonly finished: Map<string, number>;
  /** The highest fence seen of each execution. */
  readonly fences: Map<string, number>;
  kills: number;
}

export const newLedger = (): Ledger => ({
  acknowledged: new Map(),
  finished: new Map(),
  fences: new Map(),
  kills: 0,
});

/** Starts an order and notes the acknowledgement. */
export async function startOrder(
  worker: WorkerProcess,
  ledger: Ledger,
  key: string,
): Promise<void> {
  const { executionId, joined } = await worker.order('start', { key });
  const promised = ledger.acknowledged.get(key);
  // What was acknowledged once must be found again, and not be made anew.
  if (promised !== undefined)
    expect({ key, executionId, joined }).toEqual({ key, executionId: promised, joined: true });
  ledger.acknowledged.set(key, executionId);
}

/** Looks at the disk after a worker has died, and remembers what must not change any more. */
export async function inspect(site: Site, ledger: Ledger): Promise<StoredState> {
  const stored = await site.stored();
  expect(stored.violations).toEqual([]);
  const ids = new Map(stored.executions.map(({ key, id }) => [key, id]));
  for (const [key, id] of ledger.acknowledged) expect([key, ids.get(key)]).toEqual([key, id]);

  const effects = site.effects();
  for (const { key, step, status } of stored.checkpoints) {
    if (status !== 'completed') continue;
    const name = `${key} ${step}`;
    const count = effects.get(name) ?? 0;
    // A step that was finished at an earlier death has not acted since.
    expect([name, count]).toEqual([name, ledger.finished.get(name) ?? count]);
    ledger.finished.set(name, count);
  }
  for (const { id, fence, taskFence } of stored.executions) {
    const seen = Math.max(fence, taskFence ?? 0);
    expect(seen).toBeGreaterThanOrEqual(ledger.fences.get(id) ?? 0);
    ledger.fences.set(id, seen);
  }
  return stored;
}

/** Starts the orders in waves, as far as the worker lives. */
export async function load(worker: WorkerProcess, ledger: Ledger, waves = WAVES): Promise<void> {
  for (const wave of waves) {
    await untilDeath(wave.map((key) => startOrder(worker, ledger, key)));
  }
}

/** Waits for orders of which the death of the worker may take some. */
export async function untilDeath(orders: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(orders)) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof Died)) throw outcome.reason;
  }
}

/**
 * Kills a worker at the first passage of a point, and the next one at the second passage, once it
 * has made good what the first left. A third must find every promise kept.
 */
export async function surviveTwoKills(site: Site, point: PointName): Promise<void> {
  const ledger = newLedger();
  await dieUnderLoad(await site.start(), ledger, { point, time: 1, how: 'kill' }, WAVES);
  await inspect(site, ledger);
  const second = await site.start();
  await finishOrders(second, ledger, WAVES.flat());
  await dieUnderLoad(second, ledger, { point, time: 2, how: 'kill' }, LATER_WAVES);
  await heal(site, ledger, [...WAVES, ...LATER_WAVES]);
}

/** Lets a worker reach the failpoint under load. It must die there. */
async function dieUnderLoad(
  worker: WorkerProcess,
  ledger: Ledger,
  failure: Failure,
  waves: Waves,
): Promise<void> {
  await worker.order('arm', { failAt: failureText(failure) });
  await load(worker, ledger, waves);
  const results = waves.flat().map((key) => worker.order('result', { key }));
  await Promise.race([worker.exit, Promise.allSettled(results)]);
  await expectDeath(worker, ledger);
}

/** Lets a worker reach a failpoint of its boot. It must die there. */
export async function dieAtBoot(site: Site, ledger: Ledger, failure: Failure): Promise<void> {
  const worker = site.fork({}, failure);
  await worker.ready().catch(() => undefined);
  await expectDeath(worker, ledger);
}

/** Kills a worker while it makes the tables; the next one makes all of them. */
export async function surviveMigration(site: Site, point: PointName): Promise<void> {
  const ledger = newLedger();
  await dieAtBoot(site, ledger, { point, time: 1, how: 'kill' });
  await heal(site, ledger);
}

async function expectDeath(worker: WorkerProcess, ledger: Ledger): Promise<void> {
  // A failpoint that nobody reaches proves nothing.
  expect(worker.isAlive).toBe(false);
  expect(await worker.exit).toEqual({ code: null, signal: 'SIGKILL' });
  ledger.kills += 1;
}

/** A worker without failpoint takes the site over: whatever was promised is kept. */
export async function heal(site: Site, ledger: Ledger, waves = WAVES): Promise<void> {
  await inspect(site, ledger);
  const worker = await site.start();
  await finishOrders(worker, ledger, waves.flat());
  expect(await worker.stop()).toEqual({ code: 0, signal: null });
  await expectAllDone(site, ledger, waves.flat());
}

/** Starts every order again, as a careful caller does, and waits for the ends. */
export async function finishOrders(
  worker: WorkerProcess,
  ledger: Ledger,
  keys: readonly string[],
): Promise<void> {
  await Promise.all(keys.map((key) => startOrder(worker, ledger, key)));
  const results = await Promise.all(keys.map((key) => worker.order('result', { key })));
  expect(results).toEqual(
    keys.map((key) => ({
      success: true,
      statusCode: 200,
      data: ['charge', 'pack', 'ship', 'notify'].map((step) => `${step} of ${key}`),
    })),
  );
}

/** Everything has ended, each step has one checkpoint, and none acted more often than it may. */
export async function expectAllDone(
  site: Site,
  ledger: Ledger,
  keys: readonly string[],
): Promise<void> {
  const { executions, checkpoints } = await inspect(site, ledger);
  expect(executions.map(({ key, status, task }) => ({ key, status, task }))).toEqual(
    executions.map(({ key }) => ({ key, status: 'completed', task: null })),
  );
  expect(executions.map(({ key }) => key).sort()).toEqual([...keys].sort());
  const expected = keys.flatMap((key) => ORDER_STEPS.map((step) => `${key} ${step} completed`));
  expect(checkpoints.map(({ key, step, status }) => `${key} ${step} ${status}`).sort()).toEqual(
    expected.sort(),
  );
  const effects = site.effects();
  for (const key of keys) {
    for (const step of ORDER_STEPS) {
      const count = effects.get(`${key} ${step}`) ?? 0;
      expect(count).toBeGreaterThanOrEqual(1);
      expect(count).toBeLessThanOrEqual(1 + ledger.kills);
    }
  }
}

/** Starts an order as a caller does who tries again when the store did not answer. */
export async function insistOnOrder(
  worker: WorkerProcess,
  ledger: Ledger,
  key: string,
): Promise<void> {
  try {
    await startOrder(worker, ledger, key);
  } catch (error) {
    expect(error).toBeInstanceOf(Refused);
    expect((error as Refused).code).toBe('STORE_UNAVAILABLE');
    await startOrder(worker, ledger, key);
  }
}
