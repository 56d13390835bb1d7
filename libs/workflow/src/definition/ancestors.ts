import type { CheckedStep } from './checked-workflow.js';

/** Every step that must complete before this one. Walked on demand: kept sets would grow with the square of the graph. */
export function ancestorsOf(step: CheckedStep): ReadonlySet<CheckedStep> {
  const found = new Set<CheckedStep>(step.dependencies);
  for (const ancestor of found) {
    for (const dependency of ancestor.dependencies) found.add(dependency);
  }
  return found;
}
