// npm run chaos: reads the options, does one run, and says how it went.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ChaosRun } from './chaos-run.js';
import { readOptions, USAGE, UsageError, type ChaosOptions } from './options.js';
import { summary, violations } from './report.js';

const WORKER = fileURLToPath(new URL('worker/main.js', import.meta.url));

/** Answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let options: ChaosOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options.logs !== undefined) mkdirSync(options.logs, { recursive: true });
  const report = await ChaosRun.perform(options, WORKER);
  console.error(summary(report));
  if (options.json) console.log(JSON.stringify(report));
  return violations(report).length === 0 ? 0 : 1;
}
