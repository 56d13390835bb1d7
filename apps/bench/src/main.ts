import { readArguments, type BenchArguments } from './arguments.js';
import { measureStore } from './conducting/measure-store.js';
import { profileSubject } from './conducting/profile-subject.js';
import { weighEngine } from './conducting/weigh-engine.js';
import type { Store } from './databases/database.js';
import { thisMachine } from './report/machine.js';
import type { StoreReport } from './report/report.js';
import { memoryText, profileText, textOf } from './report/text.js';
import { workloadsNamed } from './workloads/workloads.js';

async function run(asked: BenchArguments): Promise<void> {
  if (asked.profile !== undefined) return profile(asked.profile, asked);
  if (asked.memory) return weigh(asked);
  const workloads = workloadsNamed(asked.only);
  const stores = await eachStore(asked, (store) =>
    measureStore(store, workloads, asked.pairs, say),
  );
  const report = { machine: thisMachine(), stores: stores satisfies StoreReport[] };
  print(asked, report, textOf(report));
}

async function profile(subject: string, asked: BenchArguments): Promise<void> {
  const profiles = await eachStore(asked, async (store) => ({
    store,
    subject,
    ...(await profileSubject(store, subject)),
  }));
  const text = profiles.map((each) => profileText(`${subject} on ${each.store}`, each));
  print(asked, { machine: thisMachine(), profiles }, text.join('\n'));
}

async function weigh(asked: BenchArguments): Promise<void> {
  const reports = await eachStore(asked, (store) => weighEngine(store, asked.executions, say));
  print(asked, { machine: thisMachine(), memory: reports }, reports.map(memoryText).join('\n'));
}

async function eachStore<T>(
  { stores }: BenchArguments,
  measure: (store: Store) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const store of stores) results.push(await measure(store));
  return results;
}

function print({ json }: BenchArguments, report: unknown, text: string): void {
  console.log(json ? JSON.stringify(report, undefined, 2) : text);
}

/** News of the way there; the standard output is for what was found. */
function say(news: string): void {
  console.error(news);
}

await run(readArguments(process.argv.slice(2)));
