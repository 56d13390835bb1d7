import { faultOf } from '../differential/duel.js';
import { sequenceOf, type Sequence } from '../differential/sequence.js';
import { postgresHost, sqliteHost } from '../support/sql-host.js';
import type { StoreHost } from '../support/tested-store.js';
import { allMutants, statementsOf } from './all-mutants.js';
import { infect } from './infected-statements.js';
import { mutatedTexts, nameOf, type DialectName, type Mutant } from './mutant.js';
import { PreparingDatabase } from './prepared.js';
import type { Scenario, Scenarios } from './scenarios.js';
import { sentDuring } from './sent-statements.js';

/** What became of a mutant. */
export type Fate =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'scenario'; readonly name: string }
  | { readonly kind: 'survived' }
  /** It is no statement any more: a fault of how mutants are made. */
  | { readonly kind: 'senseless'; readonly message: string };

export interface Hunted {
  readonly mutant: Mutant;
  readonly fate: Fate;
}

const HOSTS = { postgres: postgresHost, sqlite: sqliteHost } as const;

/** Looks for whoever notices that a part of a statement is missing. */
export class Hunt {
  /** What each scenario sends as long as nothing is wrong. */
  private readonly sent = new Map<string, ReadonlySet<string>>();

  private constructor(
    private readonly dialect: DialectName,
    private readonly sequences: readonly { readonly seed: number; readonly sequence: Sequence }[],
    private readonly scenarios: Scenarios,
    private readonly host: StoreHost,
    private readonly preparing: PreparingDatabase,
    private readonly statements: Readonly<Record<string, unknown>>,
  ) {}

  static async open(
    dialect: DialectName,
    seeds: { readonly from: number; readonly count: number },
    scenarios: Scenarios,
  ): Promise<Hunt> {
    const sequences = Array.from({ length: seeds.count }, (_, n) => ({
      seed: seeds.from + n,
      sequence: sequenceOf(seeds.from + n),
    }));
    return new Hunt(
      dialect,
      sequences,
      scenarios,
      await HOSTS[dialect](),
      await PreparingDatabase.open(dialect),
      await statementsOf(dialect),
    );
  }

  async *mutants(isWanted: (name: string) => boolean): AsyncIterable<Hunted> {
    for (const mutant of await allMutants(this.dialect)) {
      if (isWanted(nameOf(mutant))) yield { mutant, fate: await this.fateOf(mutant) };
    }
  }

  async close(): Promise<void> {
    await this.scenarios.close();
    await this.preparing.close();
    await this.host.close();
  }

  private async fateOf(mutant: Mutant): Promise<Fate> {
    for (const sql of mutatedTexts(mutant, this.statements[mutant.statement])) {
      const message = await this.preparing.faultOf(sql);
      if (message !== undefined) return { kind: 'senseless', message: `${message}: ${sql}` };
    }
    for (const { seed, sequence } of this.sequences) {
      if (await this.isNoticed(mutant, () => this.play(sequence))) return { kind: 'seed', seed };
    }
    for (const scenario of this.scenarios.all) {
      if (!(await this.concerns(scenario, mutant))) continue;
      if (await this.isNoticed(mutant, scenario.run, scenario.renew)) {
        this.scenarios.preferNext(scenario);
        return { kind: 'scenario', name: scenario.name };
      }
    }
    return { kind: 'survived' };
  }

  /** Whether it sends the mutated statement at all. */
  private async concerns(scenario: Scenario, mutant: Mutant): Promise<boolean> {
    const sent = this.sent.get(scenario.name) ?? (await this.sentBy(scenario));
    this.sent.set(scenario.name, sent);
    return sent.has(mutant.statement);
  }

  private async sentBy(scenario: Scenario): Promise<ReadonlySet<string>> {
    try {
      return await sentDuring(scenario.run);
    } catch {
      await scenario.renew();
      return sentDuring(scenario.run);
    }
  }

  /** Whether something fails with the mutant, and does not fail without it. */
  private async isNoticed(
    mutant: Mutant,
    work: () => Promise<void>,
    renew: () => Promise<void> = () => Promise.resolve(),
  ): Promise<boolean> {
    if ((await failureOf(mutant, work)) === undefined) return false;
    if ((await failureOf(undefined, work)) !== undefined) {
      await renew();
      const ownFailure = await failureOf(undefined, work);
      if (ownFailure !== undefined) throw new Error('It fails by itself.', { cause: ownFailure });
    }
    // Once alone may have been a machine that was busy.
    return (await failureOf(mutant, work)) !== undefined;
  }

  private async play(sequence: Sequence): Promise<void> {
    const fault = await faultOf(sequence, { [this.dialect]: this.host });
    if (fault !== undefined) throw new Error(fault);
  }
}

async function failureOf(mutant: Mutant | undefined, work: () => Promise<void>): Promise<unknown> {
  infect(mutant);
  try {
    await work();
    return undefined;
  } catch (error) {
    return error ?? new Error('It failed.');
  } finally {
    infect(undefined);
  }
}
