import type { Store } from '../databases/database.js';
import type { Workload } from '../workloads/workloads.js';

/**
 * Names of all who run in each round of a workload. What is compared under a bound is there twice in
 * a row: the second is its control, which sees the noise of the same minutes.
 */
export function lineUpOf(
  { subject, ratios }: Pick<Workload, 'subject' | 'ratios'>,
  store: Store,
): string[] {
  const controlled = new Set(
    ratios.filter(({ bound }) => bound?.[store]).map((ratio) => ratio.subject),
  );
  const names = new Set([subject, ...ratios.flatMap((ratio) => [ratio.subject, ratio.reference])]);
  return [...names].flatMap((name) => (controlled.has(name) ? [name, name] : [name]));
}
