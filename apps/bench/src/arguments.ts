import { parseArgs } from 'node:util';
import { STORES, type Store } from './databases/database.js';

/** What the command line asks for. */
export interface BenchArguments {
  readonly stores: readonly Store[];
  /** Ids of workloads; all if absent. */
  readonly only: readonly string[] | undefined;
  /** Pairs of each comparison; if absent, as many as it takes. */
  readonly pairs: number | undefined;
  readonly json: boolean;
  /** Subject to profile instead of measuring. */
  readonly profile: string | undefined;
  /** Watch the memory of one process instead of measuring. */
  readonly memory: boolean;
  /** Executions of the memory run. */
  readonly executions: number;
}

/** @throws Error that says which argument is wrong */
export function readArguments(args: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      store: { type: 'string' },
      only: { type: 'string' },
      pairs: { type: 'string' },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
      memory: { type: 'boolean', default: false },
      executions: { type: 'string', default: '1000000' },
    },
  });
  return {
    stores: values.store === undefined ? STORES : [storeNamed(values.store)],
    only: values.only?.split(',').map((id) => id.trim()),
    pairs: values.pairs === undefined ? undefined : count(values.pairs, 'pairs'),
    json: values.json,
    profile: values.profile,
    memory: values.memory,
    executions: count(values.executions, 'executions'),
  };
}

function storeNamed(name: string): Store {
  const store = STORES.find((known) => known === name);
  if (store) return store;
  throw new Error(`--store ${name}: use ${STORES.join(' or ')}.`);
}

function count(text: string, option: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${option} ${text}: use a whole number of 1 or more.`);
}
