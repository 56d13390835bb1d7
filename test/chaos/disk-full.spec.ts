import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { boundedVolume, mountedVolume, type SmallVolume } from './support/small-volume.js';
import type { WorkerProcess } from './support/worker-process.js';
import { Workshop, type Site } from './support/workshop.js';
import type { Ask } from './worker/protocol.js';

jest.setTimeout(60_000);

let workshop: Workshop;
let volume: SmallVolume;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(async () => {
  await workshop.tidy();
  volume.remove();
});
afterAll(() => workshop.close());

/** Bytes of inputs: large ones at first, and then what still finds room beside them. */
const BALLAST = [200_000, 20_000, 0];
const PATIENT = { key: 'p', workflow: 'patient' };

const VOLUMES: readonly [string, () => SmallVolume][] = [
  ['a small disk', mountOrBound],
  ['a bound of the database', boundedVolume],
];

function mountOrBound(): SmallVolume {
  const mounted = mountedVolume();
  if (!mounted) console.log('Mounting is not permitted here: the bound of the database is used.');
  return mounted ?? boundedVolume();
}

type Start = Ask<'start'>;

/** Starts what needs room until there is none. */
async function fill(worker: WorkerProcess): Promise<{ accepted: Start[]; refused: Start[] }> {
  const accepted: Start[] = [];
  const refused: Start[] = [];
  for (const ballast of BALLAST) {
    for (let room = true; room;) {
      const start = { key: `g${accepted.length}-${ballast}`, workflow: 'greeting', ballast };
      try {
        await worker.order('start', start);
        accepted.push(start);
      } catch (error) {
        expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
        refused.push(start);
        room = false;
      }
    }
  }
  return { accepted, refused };
}

const keysOf = (starts: readonly Start[]): string[] => starts.map(({ key }) => key);

/** Every execution of the site has completed, and there is no other. */
async function expectCompleted(site: Site, keys: readonly string[]): Promise<void> {
  const { violations, executions } = await site.stored();
  expect(violations).toEqual([]);
  expect(executions.map(({ key, status }) => `${key} ${status}`).sort()).toEqual(
    keys.map((key) => `${key} completed`).sort(),
  );
}

describe.each(VOLUMES)('F26 %s is full', (_name, open) => {
  it('a start is refused, and everything goes on when there is room', async () => {
    volume = open();
    const site = workshop.site(volume.database);
    const workflows = ['patient', 'greeting'] as const;
    const worker = await site.start({ ...volume.settings, workflows });
    await worker.order('start', PATIENT);
    await worker.heard('entered', 'p');
    const { accepted, refused } = await fill(worker);
    expect(accepted.length).toBeGreaterThan(0);
    // Its checkpoint finds no room, and must not be lost.
    await worker.order('release', PATIENT);
    await worker.heard('effect', 'p');

    await volume.free(worker);
    for (const start of refused) {
      // Nothing of the refused start is there.
      expect(await worker.order('start', start)).toMatchObject({ joined: false });
    }
    const keys = ['p', ...keysOf(accepted), ...keysOf(refused)];
    const results = await Promise.all(keys.map((key) => worker.order('result', { key })));
    expect(results.map(({ success }) => success)).toEqual(keys.map(() => true));
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    await expectCompleted(site, keys);
  });

  it('F36 and the process is killed: nothing is half-written, and a restart with room goes on', async () => {
    volume = open();
    const site = workshop.site(volume.database);
    const workflows = ['patient', 'greeting'] as const;
    const first = await site.start({ ...volume.settings, workflows });
    await first.order('start', PATIENT);
    await first.heard('entered', 'p');
    const { accepted } = await fill(first);
    await first.kill();
    const { violations, executions } = await site.stored();
    expect(violations).toEqual([]);
    expect(executions.map(({ key }) => key)).toEqual(['p', ...keysOf(accepted)]);

    await volume.free();
    const second = await site.start({ ...volume.settings, workflows });
    const keys = ['p', ...keysOf(accepted)];
    await second.heard('entered', 'p');
    await second.order('release', PATIENT);
    for (const start of [PATIENT, ...accepted]) {
      expect(await second.order('start', start)).toMatchObject({ joined: true });
    }
    const results = await Promise.all(keys.map((key) => second.order('result', { key })));
    expect(results.map(({ success }) => success)).toEqual(keys.map(() => true));
    expect(await second.stop()).toEqual({ code: 0, signal: null });
    await expectCompleted(site, keys);
  });
});
