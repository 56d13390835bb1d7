import { afterAll, afterEach, beforeAll, describe, it, jest } from '@jest/globals';
import {
  dieAtBoot,
  heal,
  load,
  newLedger,
  surviveMigration,
  surviveTwoKills,
} from './support/survival.js';
import { Workshop } from './support/workshop.js';
import type { PointName } from './worker/points.js';

jest.setTimeout(60_000);

let workshop: Workshop;
beforeAll(() => {
  workshop = new Workshop();
});
afterEach(() => workshop.tidy());
afterAll(() => workshop.close());

describe('F01 F36 kill -9 while an execution is started, at the first time and at the second', () => {
  it.each<[PointName]>([
    ['start.begin'],
    ['start.execution-inserted'],
    ['start.task-inserted'],
    ['start.committed'],
  ])('%s', (point) => surviveTwoKills(workshop.site(), point));
});

describe('F01 F36 kill -9 while work is claimed, at the first time and at the second', () => {
  it.each<[PointName]>([['claim.update'], ['claim.updated'], ['claim.committed']])('%s', (point) =>
    surviveTwoKills(workshop.site(), point),
  );
});

// Red when: libs/workflow/src/persistence/dialects/sqlite/sqlite.statements.ts
//   - SET status = 'pending', worker_id = NULL, fence = fence + 1, visible_at = ${now}, claims = CASE
//   + SET status = 'pending', fence = fence + 1, visible_at = ${now}, claims = CASE
describe('F01 F03 kill -9 while a boot takes over what was left running', () => {
  it.each<[PointName]>([
    ['recovery.begin'],
    ['recovery.updated'],
    ['recovery.committed'],
    ['recovery.matched'],
  ])('%s', async (point) => {
    const site = workshop.site();
    const ledger = newLedger();
    const first = await site.start();
    await load(first, ledger);
    await first.kill();
    ledger.kills += 1;
    await dieAtBoot(site, ledger, { point, time: 1, how: 'kill' });
    await heal(site, ledger);
  });
});

describe('F58 kill -9 while the tables are made', () => {
  it.each<[PointName]>([
    ['migration.first-table'],
    ['migration.half-way'],
    ['migration.noted'],
    ['migration.committed'],
  ])('%s', (point) => surviveMigration(workshop.site(), point));
});
