import { afterAll, beforeAll, it, jest } from '@jest/globals';
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

// All are concurrent: one after the other, they would mostly wait for the leases of the dead.

// Red when: libs/workflow/src/persistence/dialects/postgres/postgres.journal.statements.ts
//   - CASE WHEN $3::uuid IS NULL THEN ${now} ELSE ${atWrite} + ${milliseconds('$2::float8')} END,
//   + CASE WHEN $3::uuid IS NULL THEN ${now} ELSE 'infinity' END,
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
])(
  'F01 F36 kill -9 on PostgreSQL at %s, at the first time and at the second: nothing is lost',
  async (point) => surviveTwoKills(await site(), point),
);

it.concurrent.each<[PointName]>([
  ['transaction.commit'],
  ['transaction.commit-sent'],
  ['transaction.committed'],
])(
  'F01 kill -9 on PostgreSQL in a transactional step, at %s: its effects are there once',
  async (point) => surviveTransactions(await site(), point),
);

// Red when: libs/workflow/src/persistence/postgres/postgres.connection.ts
//   - await query('BEGIN ISOLATION LEVEL READ COMMITTED', []);
//   +
it.concurrent.each<[PointName, 'running' | 'cancelled']>([
  ['end.task-deleted', 'running'],
  ['end.updated', 'running'],
  ['end.commit-sent', 'cancelled'],
  ['end.committed', 'cancelled'],
])(
  'F01 F64 kill -9 on PostgreSQL while an execution is cancelled, at %s: it is %s',
  async (point, status) => surviveCancelling(await site(), point, status),
);

it.concurrent.each<[PointName]>([['retry.updated'], ['retry.commit-sent'], ['retry.committed']])(
  'F01 F64 kill -9 on PostgreSQL while an execution is tried again, at %s: it can be once more',
  async (point) => surviveRetrying(await site(), point),
);

it.concurrent.each<[PointName, 'running' | 'pending']>([
  ['release.send', 'running'],
  ['release.sent', 'pending'],
  ['release.answered', 'pending'],
])('F01 kill -9 on PostgreSQL while work is given back, at %s: it is %s', async (point, status) =>
  surviveGivingBack(await site(), point, status),
);

it.concurrent.each<[PointName]>([
  ['migration.first-table'],
  ['migration.half-way'],
  ['migration.noted'],
  ['migration.commit-sent'],
  ['migration.committed'],
])('F58 kill -9 on PostgreSQL while the tables are made, at %s: all of them are', async (point) =>
  surviveMigration(await site(), point),
);

it.concurrent.each<[PointName, 'both' | 'neither']>([
  ['transaction.commit', 'neither'],
  ['transaction.commit-sent', 'both'],
  ['transaction.committed', 'both'],
])(
  'F73 kill -9 on PostgreSQL in a transaction that starts an execution, at %s: it keeps %s',
  async (point, there) => surviveStartInTransaction(await site(), point, there),
);
