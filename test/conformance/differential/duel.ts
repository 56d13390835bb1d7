import { sharedModelHost, soleModelHost } from '../support/model-host.js';
import type { StoreHost } from '../support/tested-store.js';
import { expectEqual, Pair } from './arena.js';
import { sequenceOf, type Sequence } from './sequence.js';

/** Which store is compared with which model. */
const MODELS = { sqlite: soleModelHost, postgres: sharedModelHost } as const;

export type StoreName = keyof typeof MODELS;

/** Stores that must answer like their models, and have the same rows. */
export type Fighters = Readonly<Partial<Record<StoreName, StoreHost>>>;

/** Two that should be the same and are not. */
export interface Disagreement {
  readonly seed: number;
  /** The shortest that still disagrees. */
  readonly sequence: Sequence;
  readonly message: string;
}

/** Plays what a seed stands for; answers where stores disagree, if they do. */
export async function duel(seed: number, fighters: Fighters): Promise<Disagreement | undefined> {
  const sequence = sequenceOf(seed);
  if ((await faultOf(sequence, fighters)) === undefined) return undefined;
  const shortest = await shortened(sequence, fighters);
  return { seed, sequence: shortest, message: (await faultOf(shortest, fighters)) ?? 'It varies.' };
}

/** What is wrong, if something is. */
export async function faultOf(
  { kind, lease, moves }: Sequence,
  fighters: Fighters,
): Promise<string | undefined> {
  try {
    const names = (Object.keys(MODELS) as StoreName[]).filter((name) => fighters[name]);
    const pairs = await Promise.all(
      names.map(async (name) => {
        const model = await MODELS[name].open(lease);
        return new Pair(model, (await fighters[name]?.open(lease)) ?? model);
      }),
    );
    const all = async (play: (pair: Pair) => Promise<unknown>): Promise<void> => {
      const [one, ...others] = await allOf(pairs.map(play));
      if (kind === 'any') return;
      for (const other of others) expectEqual(withoutLeases(other), withoutLeases(one));
    };
    for (const move of moves) await all((pair) => pair.play(move));
    await all((pair) => pair.look());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Waits for all of them, also when one has failed: it must not go on beside what comes next. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Leaves away what does not matter, more and more finely: any moves make a sequence. */
async function shortened(sequence: Sequence, fighters: Fighters): Promise<Sequence> {
  let { moves } = sequence;
  for (let size = Math.ceil(moves.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < moves.length;) {
      const fewer = [...moves.slice(0, from), ...moves.slice(from + size)];
      if ((await faultOf({ ...sequence, moves: fewer }, fighters)) === undefined) from += size;
      else moves = fewer;
    }
  }
  return { ...sequence, moves };
}

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
