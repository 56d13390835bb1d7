import { expect, it } from '@jest/globals';
import type { OwnedExecution } from '../../../libs/workflow/src/engine/owned-execution.js';
import type { ObservedStore } from '../support/observed-store.js';
import {
  OTHER_TENANT,
  OTHER_WORKER,
  TENANT,
  WORKER,
  completed,
  end,
  keyOf,
  owned,
  ownerOf,
  starterOf,
  taskOf,
  transition,
} from '../support/records.js';

/** @param ownersDie lets every owner end without a word */
export function suspectRules(store: () => ObservedStore, ownersDie: () => Promise<unknown>): void {
  /** What two workers have died under, in the hands of a third. */
  const suspect = async (): Promise<OwnedExecution> => {
    await store().create(owned(1));
    await ownersDie();
    await store().claim();
    return next();
  };
  /** What the one who comes after a death finds. */
  const next = async (): Promise<OwnedExecution> => {
    await ownersDie();
    return store().claimOne();
  };
  const claims = async (): Promise<number | undefined> => (await store().dump()).tasks[0]?.claims;

  it('is one after two deaths, and counts no more while it waits for its turn', async () => {
    const counts = [(await suspect()).claims];
    for (let deaths = 0; deaths < 3; deaths += 1) counts.push((await next()).claims);

    expect(counts).toEqual([3, 3, 3, 3]);
  });

  it('F08 that ended its owner while it ran alone is known for it, also when nobody could say so', async () => {
    const alone = await suspect();
    expect(await store().isolate(WORKER, taskOf(alone))).toBe(true);

    const found = await next();
    await store().record(transition(ownerOf(found), { departure: { kind: 'release', delay: 0 } }));

    expect([alone.claims, found.claims, (await store().claimOne()).claims]).toEqual([3, 5, 5]);
  });

  it('is counted whatever another tenant writes under the same id', async () => {
    await store().create(owned(1));
    await store().create(owned(1, { tenantId: OTHER_TENANT }));
    await store().record(transition(starterOf(1, OTHER_TENANT), { checkpoints: [completed('a')] }));

    await ownersDie();

    const found = await store().claim();
    expect(new Map(found.map((each) => [each.tenantId, each.claims]))).toEqual(
      new Map([
        [TENANT, 2],
        [OTHER_TENANT, 1],
      ]),
    );
  });

  it('is counted before its turn only once, however often that is said', async () => {
    const alone = await suspect();

    for (let times = 0; times < 3; times += 1) await store().isolate(WORKER, taskOf(alone));

    expect(await claims()).toBe(4);
  });

  it('that is given back in its turn is what it was', async () => {
    const alone = await suspect();
    await store().isolate(WORKER, taskOf(alone));
    await store().record(transition(ownerOf(alone), { departure: { kind: 'release', delay: 0 } }));

    expect((await store().claimOne()).claims).toBe(3);
  });

  it('that is given back before its turn stays one', async () => {
    const waiting = await suspect();
    await store().record(
      transition(ownerOf(waiting), { departure: { kind: 'release', delay: 0 } }),
    );

    expect((await store().claimOne()).claims).toBe(3);
  });

  it('is none any more when it wrote a checkpoint in its turn, or parked', async () => {
    const alone = await suspect();
    await store().isolate(WORKER, taskOf(alone));
    await store().record(transition(ownerOf(alone), { checkpoints: [completed('a')] }));
    const second = await next();
    await store().isolate(WORKER, taskOf(second));
    await store().record(transition(ownerOf(second), { departure: { kind: 'park', delay: 0 } }));

    expect([second.claims, (await store().claimOne()).claims]).toEqual([1, 1]);
  });

  it.each([
    ['has another fence', { fence: 1 }, WORKER],
    ['belongs to another worker', {}, OTHER_WORKER],
    ['belongs to another tenant', { tenantId: OTHER_TENANT }, WORKER],
    ['is another one', keyOf(9), WORKER],
  ])('that %s may not begin', async (_why, change, workerId) => {
    const alone = await suspect();
    await store().create(owned(2, { tenantId: OTHER_TENANT }));
    const before = await store().dump();

    expect(await store().isolate(workerId, { ...taskOf(alone), ...change })).toBe(false);
    expect(await store().dump()).toEqual(before);
  });

  it('that is waited for no more may not begin', async () => {
    await store().create(owned(1));
    await store().record(transition(starterOf(1), { departure: end() }));

    expect(await store().isolate(WORKER, taskOf(starterOf(1)))).toBe(false);
  });
}
