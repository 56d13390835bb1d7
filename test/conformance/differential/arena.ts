import { deepStrictEqual } from 'node:assert';
import { Invariants } from '../../support/invariants/invariants.js';
import type { StoreDump } from '../../support/model-store/store-dump.js';
import type { TestedStore } from '../support/tested-store.js';
import type { Move } from './moves.js';
import { normalForm } from './normal-form.js';
import { deedOf, UNIT } from './playing.js';

/** Moves between two looks at all the rows. */
const LOOK_EVERY = 6;

/** A model and the store that must do what it does. */
export class Pair {
  private readonly invariants = new Invariants();
  private moves = 0;

  constructor(
    readonly model: TestedStore,
    readonly real: TestedStore,
  ) {}

  /** What both have answered. */
  async play(move: Move): Promise<unknown> {
    const { model, real } = this;
    await model.clock.advance(UNIT);
    await real.clock.advance(UNIT);
    const deed = deedOf(move, await model.dump(), model.clock.now());
    const answer = await answerOf(model, move, deed);
    expectEqual(await answerOf(real, move, deed), answer);
    this.moves += 1;
    if (this.moves % LOOK_EVERY === 0) await this.look();
    return answer;
  }

  /** What is in both. */
  async look(): Promise<unknown> {
    const { model, real } = this;
    const dump = await real.dump();
    const expected = normalOf(model, await model.dump());
    expectEqual(normalOf(real, dump), expected);
    expectEqual(await real.effects(), await model.effects());
    this.invariants.observe(dump);
    return expected;
  }
}

/** As text first: most are equal, and a comparison by parts takes long. */
export function expectEqual(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) deepStrictEqual(actual, expected);
}

const answerOf = async (
  store: TestedStore,
  { kind }: Move,
  deed: (store: TestedStore) => Promise<unknown>,
): Promise<unknown> => {
  const answer = await deed(store);
  return normalForm({ [kind === 'claim' ? 'claimed' : kind]: answer }, beginningOf(store), '');
};

const normalOf = (store: TestedStore, dump: StoreDump): unknown =>
  normalForm(dump, beginningOf(store));

const beginningOf = ({ clock }: TestedStore): number => clock.now() - clock.monotonic();
