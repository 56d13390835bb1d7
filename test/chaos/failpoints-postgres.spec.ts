import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { surviveGivingBack } from './support/giving-back.js';
import { surviveCancelling, surviveRetrying } from './support/manager-orders.js';
import { surviveMigration, surviveTwoKills } from './support/survival.js';
import { surviveStartInTransaction, surviveTransactions } from './support/transfers.js';
import { Workshop, type Site } from './support/workshop.js';
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

const site = (): Promise<Site> => workshop.siteOn(server);

// Red when: libs/workflow/src/persistence/dialects/postgres/postgres.journal.statements.ts
//   - CASE WHEN n.worker_id IS NULL THEN ${now} ELSE ${atWrite} + ${milliseconds('$2::float8')} END,
//   + CASE WHEN n.worker_id IS NULL THEN ${now} ELSE 'infinity' END,
describe('F01 F36 kill -9 on PostgreSQL at the statement of a batch, the first and the second', () => {
  it.concurrent.each<[PointName]>([
    ['start.send'],
    ['start.sent'],
    ['start.answered'],
    ['checkpoint.send'],
    ['checkpoint.sent'],
    ['checkpoint.answered'],
    ['attempt.send'],
    ['attempt.sent'],
    ['attempt.answered'],
    ['park.send'],
    ['park.sent'],
    ['park.answered'],
    ['end.send'],
    ['end.sent'],
    ['end.answered'],
    ['claim.update'],
    ['claim.updated'],
    ['claim.commit-sent'],
    ['claim.committed'],
  ])('%s', async (point) => surviveTwoKills(await site(), point));
});

describe('F01 kill -9 on PostgreSQL while work is given back at a shutdown', () => {
  it.concurrent.each<[PointName, 'running' | 'pending']>([
    ['release.send', 'running'],
    ['release.sent', 'pending'],
    ['release.answered', 'pending'],
  ])('at %s: it is %s', async (point, status) => surviveGivingBack(await site(), point, status));
});

// Red when: libs/workflow/src/persistence/postgres/postgres.connection.ts
//   - await query('BEGIN ISOLATION LEVEL READ COMMITTED', []);
//   +
describe('F01 F64 kill -9 on PostgreSQL while an execution is cancelled', () => {
  it.concurrent.each<[PointName, 'running' | 'cancelled']>([
    ['end.task-deleted', 'running'],
    ['end.updated', 'running'],
    ['end.commit-sent', 'cancelled'],
    ['end.committed', 'cancelled'],
  ])('at %s: it is %s', async (point, status) => surviveCancelling(await site(), point, status));
});

describe('F01 F64 kill -9 on PostgreSQL while a failed execution is tried again', () => {
  it.concurrent.each<[PointName]>([['retry.updated'], ['retry.commit-sent'], ['retry.committed']])(
    'at %s: it can be tried once more',
    async (point) => surviveRetrying(await site(), point),
  );
});

describe('F01 kill -9 on PostgreSQL in a transactional step: its effects are there once', () => {
  it.concurrent.each<[PointName]>([
    ['transaction.commit'],
    ['transaction.commit-sent'],
    ['transaction.committed'],
  ])('%s, of the first step and of the one that ends the execution', async (point) =>
    surviveTransactions(await site(), point),
  );
});

describe('F73 kill -9 on PostgreSQL in a transaction that starts an execution', () => {
  it.concurrent.each<[PointName, 'both' | 'neither']>([
    ['transaction.commit', 'neither'],
    ['transaction.commit-sent', 'both'],
    ['transaction.committed', 'both'],
  ])('%s: what it wrote and the execution are there, %s', async (point, there) =>
    surviveStartInTransaction(await site(), point, there),
  );
});

describe('F58 kill -9 on PostgreSQL while the tables are made', () => {
  it.concurrent.each<[PointName]>([
    ['migration.first-table'],
    ['migration.half-way'],
    ['migration.noted'],
    ['migration.commit-sent'],
    ['migration.committed'],
  ])('%s', async (point) => surviveMigration(await site(), point));
});
