import { parseArgs } from 'node:util';
import { STORES, type Store } from './databases/database.js';
import { subjectsOn } from './workloads/subjects.js';
import { runsOn, WORKLOADS, type Workload } from './workloads/workloads.js';

interface Common {
  readonly stores: readonly Store[];
  readonly json: boolean;
}

/** What the command line asks for. */
export type BenchArguments = Common &
  (
    | {
        readonly task: 'measure';
        readonly workloads: readonly Workload[];
        /** Pairs of each comparison; if absent, as many as it takes. */
        readonly pairs: number | undefined;
      }
    /** Where the CPU time of one subject goes. */
    | { readonly task: 'profile'; readonly subject: string }
    /** What one process keeps of so many executions. */
    | { readonly task: 'weigh'; readonly executions: number }
  );

const OPTIONS = {
  store: { type: 'string' },
  json: { type: 'boolean' },
  only: { type: 'string' },
  pairs: { type: 'string' },
  profile: { type: 'string' },
  memory: { type: 'boolean' },
  executions: { type: 'string' },
} as const;

type Option = keyof typeof OPTIONS;

type Task = BenchArguments['task'];

/** Options that say something to one task only. The others do to each. */
const TASK_OF: Partial<Record<Option, Task>> = {
  only: 'measure',
  pairs: 'measure',
  profile: 'profile',
  memory: 'weigh',
  executions: 'weigh',
};

const EXECUTIONS = 1_000_000;

/** @throws Error that says in one line which argument is wrong */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values, tokens } = parseArgs({ args: [...args], options: OPTIONS, tokens: true });
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  refuseRepetition(given);
  const task = taskOf(given);
  refuseStrangers(given, task);
  const common: Common = {
    stores: values.store === undefined ? STORES : [storeNamed(values.store)],
    json: values.json ?? false,
  };
  switch (task) {
    case 'measure':
      return {
        ...common,
        task,
        workloads: workloadsNamed(values.only, common.stores),
        pairs: values.pairs === undefined ? undefined : count(values.pairs, 'pairs'),
      };
    case 'profile':
      return { ...common, task, subject: subjectNamed(values.profile ?? '', common.stores) };
    case 'weigh':
      return {
        ...common,
        task,
        executions:
          values.executions === undefined ? EXECUTIONS : count(values.executions, 'executions'),
      };
  }
}

function refuseRepetition(given: readonly Option[]): void {
  const repeated = given.find((option, index) => given.indexOf(option) !== index);
  if (repeated) throw new Error(`--${repeated} is there twice.`);
}

function taskOf(given: readonly Option[]): Task {
  if (given.includes('profile')) return 'profile';
  return given.includes('memory') ? 'weigh' : 'measure';
}

function refuseStrangers(given: readonly Option[], task: Task): void {
  for (const option of given) {
    const own = TASK_OF[option] ?? task;
    if (own === task) continue;
    throw new Error(
      own === 'weigh' && task === 'measure'
        ? `--${option} is for --memory only.`
        : `--${option} does not go together with --${task === 'weigh' ? 'memory' : task}.`,
    );
  }
}

function storeNamed(name: string): Store {
  const store = STORES.find((known) => known === name);
  if (store) return store;
  throw new Error(`--store ${name}: use ${STORES.join(' or ')}.`);
}

function workloadsNamed(names: string | undefined, stores: readonly Store[]): readonly Workload[] {
  if (names === undefined) return WORKLOADS;
  const ids = new Set(names.split(',').map((id) => id.trim()));
  const workloads = [...ids].map(workloadNamed);
  const homeless = workloads.find((workload) => !stores.some((store) => runsOn(workload, store)));
  if (homeless) throw new Error(`--only ${homeless.id}: it does not run on ${stores.join(', ')}.`);
  const idle = stores.find((store) => !workloads.some((workload) => runsOn(workload, store)));
  if (idle) throw new Error(`--only ${names}: there is nothing of that to measure on ${idle}.`);
  return workloads;
}

function workloadNamed(id: string): Workload {
  const workload = WORKLOADS.find((known) => known.id === id);
  if (workload) return workload;
  const known = WORKLOADS.map((each) => each.id).join(', ');
  throw new Error(`--only ${id}: there is no such workload; there are ${known}.`);
}

function subjectNamed(name: string, stores: readonly Store[]): string {
  for (const store of stores) {
    const known = subjectsOn(store);
    if (known.includes(name)) continue;
    throw new Error(
      `--profile ${name}: there is no such subject on ${store}; there are ${known.join('; ')}.`,
    );
  }
  return name;
}

function count(text: string, option: Option): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${option} ${text}: use a whole number of 1 or more.`);
}
