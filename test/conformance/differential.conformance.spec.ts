import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { duel, type Fighters } from './differential/duel.js';
import { postgresHost, sqliteHost } from './support/sql-host.js';

const FROM = Number(process.env['CONFORMANCE_SEED'] ?? 1);
const SEEDS = Number(process.env['CONFORMANCE_SEEDS'] ?? 80);

describe('the model, SQLite and PostgreSQL', () => {
  let fighters: Required<Fighters>;
  beforeAll(async () => {
    const [sqlite, postgres] = await Promise.all([sqliteHost(), postgresHost()]);
    fighters = { sqlite, postgres };
  }, 60_000);
  afterAll(async () => {
    await Promise.all(Object.values(fighters).map((host) => host.close()));
  }, 60_000);

  it('do the same, and have the same rows afterwards, whatever is done to them', async () => {
    for (let seed = FROM; seed < FROM + SEEDS; seed += 1) {
      expect(await duel(seed, fighters)).toBeUndefined();
    }
  }, 240_000);
});
