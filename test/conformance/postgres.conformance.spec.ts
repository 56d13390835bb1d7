import { afterAll, afterEach, beforeAll, beforeEach, describe } from '@jest/globals';
import { startPostgres, type PostgresServer } from '../support/embedded-postgres.js';
import { deadSenderRules } from './postgres/dead-senders.js';
import { emptyTableRules } from './postgres/empty-tables.js';
import { lockRules } from './postgres/locks.js';
import { lookRules } from './postgres/looks.js';
import { migrationRules } from './postgres/migrations.js';
import { planRules } from './postgres/plans.js';
import { takenKeyRules } from './postgres/taken-keys.js';
import { waitRules } from './postgres/waits.js';
import { COMPANIES, type Company } from './support/in-company.js';
import { SharedDatabase } from './support/postgres-instances.js';

describe('PostgreSQL', () => {
  let server: PostgresServer;
  let created = 0;
  let database: SharedDatabase;
  const create = async (company?: Company): Promise<void> => {
    database = await SharedDatabase.create(server, `shared_${(created += 1)}`, company);
  };
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  describe('with instances that share a database', () => {
    beforeEach(() => create());
    afterEach(() => database.close());

    describe('a migration', () => migrationRules(() => database));
    describe('a claim', () => deadSenderRules(() => database));
    describe('a look', () => lookRules(() => database));
    describe('a key that is taken away', () => takenKeyRules(() => database));
  });

  describe.each(COMPANIES)('with instances that share a database%s', (_how, company) => {
    beforeEach(() => create(company));
    afterEach(() => database.close());

    describe('a lock', () => lockRules(() => database));
    describe('a wait', () => waitRules(() => database));
  });

  describe('with tables that are empty', () => {
    beforeAll(() => create());
    afterAll(() => database.close());

    describe('a plan', () => emptyTableRules(() => database));
  });

  describe('with a hundred thousand tasks that sleep', () => {
    beforeAll(() => create());
    afterAll(() => database.close());

    describe('a plan', () => planRules(() => database));
  });
});
