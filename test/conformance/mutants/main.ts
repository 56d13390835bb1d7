// npm run mutants: leaves away one part of one statement after the other, and says who notices.
import { parseArgs } from 'node:util';
import { Hunt, type Fate, type Hunted } from './hunt.js';
import { nameOf, type DialectName } from './mutant.js';
import { collected, type Suite } from './rule-collector.js';
import { Scenarios } from './scenarios.js';
import { SURVIVORS } from './survivors.js';

const SHARED = ['../store.conformance.spec.js', '../lost-answers.conformance.spec.js'];

/** The suites of each store, and the tests of it that stand beside them. */
const SUITES: Readonly<
  Record<DialectName, { readonly files: readonly string[]; readonly of: RegExp }>
> = {
  postgres: {
    files: [...SHARED, '../postgres.conformance.spec.js'],
    of: /^PostgreSQL/,
  },
  sqlite: {
    files: [
      ...SHARED,
      '../../../libs/workflow/src/persistence/dialects/sqlite/sqlite.dialect.spec.js',
    ],
    of: /^(?!PostgreSQL|the model)/,
  },
};

export interface MutantReport {
  readonly mutants: number;
  readonly noticed: number;
  readonly explained: number;
  /** Survivors without a reason, and what is no SQL. */
  readonly faults: readonly string[];
  /** Mutants that are noticed though there is a reason why they would not be. */
  readonly idleReasons: readonly string[];
  readonly seconds: number;
}

const ALL: readonly DialectName[] = ['sqlite', 'postgres'];

/** Sequences a mutant is given before the rules of the store. */
export const SEQUENCES_PER_MUTANT = 150;

export interface MutantOptions {
  /** All of them by default. */
  readonly dialects?: readonly DialectName[];
  readonly from: number;
  readonly seeds: number;
  /** Parts of the names of the mutants that are wanted; all of them by default. */
  readonly only?: readonly string[];
  readonly say: (line: string) => void;
}

/** Hunts all mutants of the statements of the store. */
export async function huntMutants({
  dialects = ALL,
  from,
  seeds,
  only = [''],
  say,
}: MutantOptions): Promise<MutantReport> {
  const begun = performance.now();
  const hunted: Hunted[] = [];
  for (const dialect of dialects) {
    const scenarios = new Scenarios(await suitesOf(dialect));
    const hunt = await Hunt.open(dialect, { from, count: seeds }, scenarios);
    try {
      for await (const each of hunt.mutants((name) => only.some((part) => name.includes(part)))) {
        hunted.push(each);
        say(`${nameOf(each.mutant)}  ${said(each)}`);
      }
    } finally {
      await hunt.close();
    }
  }
  const names = new Map(hunted.map(({ mutant, fate }) => [nameOf(mutant), fate]));
  return {
    mutants: hunted.length,
    noticed: hunted.filter(({ fate }) => fate.kind === 'seed' || fate.kind === 'scenario').length,
    explained: hunted.filter(
      ({ mutant, fate }) => fate.kind === 'survived' && reasonOf(nameOf(mutant)),
    ).length,
    faults: hunted.flatMap(({ mutant, fate }) => faultOf(nameOf(mutant), fate)),
    idleReasons: SURVIVORS.flatMap(({ mutants }) => mutants).filter((name) =>
      ['seed', 'scenario'].includes(names.get(name)?.kind ?? ''),
    ),
    seconds: (performance.now() - begun) / 1_000,
  };
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dialect: { type: 'string' },
      from: { type: 'string', default: '1' },
      seeds: { type: 'string', default: String(SEQUENCES_PER_MUTANT) },
      only: { type: 'string', multiple: true, default: [''] },
    },
  });
  const report = await huntMutants({
    dialects: ALL.filter((name) => (values.dialect ?? name) === name),
    from: Number(values.from),
    seeds: Number(values.seeds),
    only: values.only,
    say: (line) => console.log(line),
  });
  for (const line of linesOf(report)) console.log(line);
  return report.faults.length === 0 ? 0 : 1;
}

export const linesOf = ({
  mutants,
  noticed,
  explained,
  faults,
  idleReasons,
  seconds,
}: MutantReport): string[] => [
  ...faults.map((fault) => `FAULT: ${fault}`),
  ...idleReasons.map((name) => `NOTE: ${name} is noticed, and has a reason not to be.`),
  `mutants ${mutants}, noticed ${noticed}, explained ${explained}, faults ${faults.length}, seconds ${seconds.toFixed(0)}`,
];

const files = new Map<string, Promise<Suite>>();

/** What a file has; it is imported once. */
function fileNamed(name: string): Promise<Suite> {
  const file = files.get(name) ?? collected(() => import(name));
  files.set(name, file);
  return file;
}

/** The same file has suites of several stores; its models, and migrations, have no statements. */
async function suitesOf(dialect: DialectName): Promise<Suite[]> {
  const suites: Suite[] = [];
  for (const name of SUITES[dialect].files) {
    const file = await fileNamed(name);
    const own = file.suites.filter((suite) => SUITES[dialect].of.test(suite.name));
    suites.push(withoutMigrations({ ...file, suites: own }));
  }
  return suites;
}

const withoutMigrations = (suite: Suite): Suite => ({
  ...suite,
  suites: suite.suites.filter(({ name }) => name !== 'a migration').map(withoutMigrations),
});

const reasonOf = (name: string): string | undefined =>
  SURVIVORS.find(({ mutants }) => mutants.includes(name))?.because;

function said({ mutant, fate }: Hunted): string {
  switch (fate.kind) {
    case 'seed':
      return `noticed by seed ${fate.seed}`;
    case 'scenario':
      return `noticed by scenario ${fate.name}`;
    case 'senseless':
      return `is no SQL: ${fate.message}`;
    default: {
      const reason = reasonOf(nameOf(mutant));
      return reason === undefined ? 'SURVIVES' : `survives: ${reason}`;
    }
  }
}

function faultOf(name: string, fate: Fate): string[] {
  if (fate.kind === 'senseless') return [`${name} is no SQL: ${fate.message}`];
  return fate.kind === 'survived' && reasonOf(name) === undefined ? [`${name} survives.`] : [];
}
