import { afterAll, beforeAll, describe, it } from '@jest/globals';
import * as fc from 'fast-check';
import { expectEqual, Pair } from './differential/arena.js';
import { anyMove, beginning, commonMove, type Move } from './differential/moves.js';
import { UNIT } from './differential/playing.js';
import { sharedModelHost, soleModelHost } from './support/model-host.js';
import { postgresHost, sqliteHost } from './support/sql-host.js';
import type { StoreHost } from './support/tested-store.js';

const SEED = Number(process.env['CONFORMANCE_SEED'] ?? 20_260);
const RUNS = Number(process.env['CONFORMANCE_RUNS'] ?? 120);
const LONGEST = 30;

type Compare = (ofEach: readonly unknown[]) => void;

class Play implements fc.AsyncCommand<object, readonly Pair[]> {
  constructor(
    private readonly move: Move,
    private readonly compare: Compare,
  ) {}

  check(): boolean {
    return true;
  }

  async run(_model: object, pairs: readonly Pair[]): Promise<void> {
    const answers = [];
    for (const pair of pairs) answers.push(await pair.play(this.move));
    this.compare(answers);
  }

  toString(): string {
    return JSON.stringify(this.move);
  }
}

describe('the model, SQLite and PostgreSQL', () => {
  let sqlite: StoreHost;
  let postgres: StoreHost;
  beforeAll(async () => {
    [sqlite, postgres] = await Promise.all([sqliteHost(), postgresHost()]);
  }, 60_000);
  afterAll(() => Promise.all([sqlite.close(), postgres.close()]), 60_000);

  const check = async (
    move: fc.Arbitrary<Move>,
    lease: number,
    compare: Compare,
  ): Promise<void> => {
    const play = move.map((each) => new Play(each, compare));
    const moves = fc.commands([play], { maxCommands: LONGEST, size: 'max' });
    await fc.assert(
      fc.asyncProperty(beginning, moves, async (first, others) => {
        const pairs = [
          new Pair(await soleModelHost.open(), await sqlite.open()),
          new Pair(await sharedModelHost.open(lease), await postgres.open(lease)),
        ];
        for (const pair of pairs) await pair.play(first);
        await fc.asyncModelRun(() => ({ model: {}, real: pairs }), others);
        compare([await pairs[0]?.look(), await pairs[1]?.look()]);
      }),
      { seed: SEED, numRuns: RUNS, plugins: [fc.unbiased()] },
    );
  };

  it('do the same, and have the same rows afterwards, whatever is done to them', async () => {
    const forLife = 10_000 * UNIT;
    await check(commonMove, forLife, ([one, other]) => {
      expectEqual(withoutLeases(one), withoutLeases(other));
    });
  }, 120_000);

  it('do the same, each as its kind, when owners die, boot and renew their leases', async () => {
    await check(anyMove, 4 * UNIT, () => undefined);
  }, 120_000);
});

/** What has an owner is due when its lease ends, or never. */
const withoutLeases = (played: unknown): unknown =>
  JSON.parse(
    JSON.stringify(played, (_key, value: unknown) => {
      const { visibleAt: _visibleAt, ...task } = value as { visibleAt?: number; workerId?: string };
      return typeof value === 'object' && value !== null && task.workerId !== undefined
        ? task
        : value;
    }),
  );
