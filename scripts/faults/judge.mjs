// Decides which mutants of one spec its tests notice.
import { patternOf } from './named-tests.mjs';
import { runSpec } from './spec-run.mjs';

/**
 * @param {import('./source-copy.mjs').SourceCopy} copy
 * @param {string} spec
 * @param {import('./named-tests.mjs').Mutant[]} mutants
 * @param {(mutant: import('./named-tests.mjs').Mutant, verdict: object) => void} record
 */
export async function judgeSpec(copy, spec, mutants, record) {
  const patterns = new Set(mutants.map(({ title }) => patternOf(title)));
  // A test that is red anyway notices nothing.
  const green = new Set((await runSpec(copy, spec, [...patterns].join('|'))).passed);
  for (const mutant of mutants) record(mutant, await judge(copy, mutant, green));
}

async function judge(copy, mutant, green) {
  const start = performance.now();
  const pattern = patternOf(mutant.title);
  const named = new RegExp(pattern, 'i');
  if (![...green].some((name) => named.test(name)))
    return { verdict: 'missed', reason: 'none of its tests passes without the change' };

  const notices = (name) => named.test(name) && green.has(name);
  const takeBack = copy.apply(mutant);
  let run;
  try {
    run = await runSpec(copy, mutant.spec, pattern, notices);
  } finally {
    takeBack();
  }
  const ms = Math.round(performance.now() - start);
  const by = run.failed.find(notices);
  if (by !== undefined) return { verdict: 'noticed', by, ms };
  return { verdict: 'missed', reason: run.broken ?? 'its tests pass with the change', ms };
}
