import { newExecutions, type FloorExecution } from './floor-rows.js';

/** How executions travel: so many together, so many at a time in all. */
export interface Grouping {
  readonly size: number;
  readonly inFlight: number;
}

/** Runs executions in groups that stay together from their start to their end. */
export async function inCohorts(
  executions: number,
  { size, inFlight }: Grouping,
  run: (cohort: readonly FloorExecution[]) => Promise<void>,
): Promise<void> {
  let left = executions;
  const runNext = async (): Promise<void> => {
    while (left > 0) {
      const cohort = newExecutions(Math.min(size, left));
      left -= cohort.length;
      await run(cohort);
    }
  };
  const groups = Math.max(1, Math.floor(inFlight / size));
  await Promise.all(Array.from({ length: groups }, runNext));
}
