// npm run differential: plays seeds on the model, SQLite and PostgreSQL, and says where they disagree.
import { parseArgs } from 'node:util';
import { postgresHost, sqliteHost } from '../support/sql-host.js';
import { duel, type Disagreement, type Fighters } from './duel.js';

/** Answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      replay: { type: 'string' },
    },
  });
  const from = Number(values.replay ?? values.from);
  const seeds = values.replay === undefined ? Number(values.seeds) : 1;
  const [sqlite, postgres] = await Promise.all([sqliteHost(), postgresHost()]);
  try {
    const begun = performance.now();
    let disagreements = 0;
    for (let seed = from; seed < from + seeds; seed += 1) {
      const found = await duel(seed, { sqlite, postgres });
      if (!found) continue;
      disagreements += 1;
      console.log(await described(found, { sqlite, postgres }));
    }
    const seconds = (performance.now() - begun) / 1_000;
    console.log(
      `seeds ${seeds}, disagreements ${disagreements}, seconds ${seconds.toFixed(1)}, seeds a second ${(seeds / seconds).toFixed(1)}`,
    );
    return disagreements === 0 ? 0 : 1;
  } finally {
    await Promise.all([sqlite.close(), postgres.close()]);
  }
}

async function described(found: Disagreement, fighters: Fighters): Promise<string> {
  const { seed, sequence, message } = found;
  const whose = await Promise.all(
    (['sqlite', 'postgres'] as const).map(async (name) =>
      (await duel(seed, { [name]: fighters[name] })) ? [name] : [],
    ),
  );
  return [
    `seed ${seed}: ${whose.flat().join(' and ') || 'the models'} disagree (${sequence.kind}, lease ${sequence.lease} ms)`,
    ...sequence.moves.map((move) => `  ${JSON.stringify(move)}`),
    message.replace(/^/gm, '    '),
    `  again: npm run differential -- --replay ${seed}`,
  ].join('\n');
}
