import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { surviveTwoKills } from './support/survival.js';
import { Workshop } from './support/workshop.js';
import type { PointName } from './worker/points.js';

jest.setTimeout(60_000);

let server: PostgresServer;
let workshop: Workshop;
beforeAll(async () => {
  server = await startPostgres();
  workshop = new Workshop();
});
afterAll(async () => {
  await workshop.close();
  await server.stop();
});

describe('F01 F36 kill -9 on PostgreSQL, at the first time and at the second', () => {
  it.concurrent.each<[PointName]>([
    ['start.send'],
    ['start.sent'],
    ['start.answered'],
    ['end.send'],
    ['end.sent'],
    ['end.answered'],
  ])('%s', async (point) => surviveTwoKills(await workshop.siteOn(server), point));
});
