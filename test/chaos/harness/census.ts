import type { Census } from './report.js';
import type { Remains, StoredExecution } from './stores/site.js';
import { PLAIN_STEPS, TRANSACTIONAL_STEPS } from './worker/protocol.js';

const ENDED = new Set(['completed', 'failed', 'cancelled']);

/** Counts what is there, against what was promised. */
export function takeCensus(
  { executions, effects, integrity, violations }: Remains,
  acknowledged: ReadonlyMap<string, string>,
): Census {
  const times = new Map(
    effects.map((effect) => [`${effect.execution} ${effect.step}`, effect.times]),
  );
  const ids = new Map(executions.map(({ tenant, key, id }) => [`${tenant} ${key}`, id]));
  const surplus = (steps: readonly string[]): number =>
    sum(
      executions
        .flatMap(({ id }) => steps.map((step) => times.get(`${id} ${step}`) ?? 0))
        .map((count) => Math.max(0, count - 1)),
    );
  const completed = executions.filter(({ status }) => status === 'completed');
  const absent = (steps: readonly string[]): number =>
    completed.flatMap(({ id }) => steps.filter((step) => !times.has(`${id} ${step}`))).length;
  const failed = executions.filter(({ status }) => status === 'failed');
  return {
    completed: completed.length,
    failed: failed.length,
    failures: tally(failed.flatMap(codesOf)),
    lost: [...acknowledged].filter(([key, id]) => ids.get(key) !== id).length,
    stuck: executions.filter(({ status }) => !ENDED.has(status)).length,
    duplicatedTransactional: surplus(TRANSACTIONAL_STEPS),
    missingTransactional: absent(TRANSACTIONAL_STEPS),
    repeatedPlain: surplus(PLAIN_STEPS),
    missingPlain: absent(PLAIN_STEPS),
    integrity,
    invariantViolations: violations.length,
    violated: tally(violations.map(({ invariant, detail }) => `${invariant} ${detail}`)),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The texts of codes in an encoded list of errors. */
const codesOf = ({ errors }: StoredExecution): string[] =>
  [...(errors ?? '').matchAll(/"code":"(\w+)"/g)].map(([, code]) => code ?? '');

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
