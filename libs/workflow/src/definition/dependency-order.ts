import type { CheckedStep } from './checked-workflow.js';

/**
 * Each step after those it depends on; where that leaves a choice, as they are defined. So steps that
 * are defined in such an order keep it.
 */
export function inDependencyOrder<T extends CheckedStep>(steps: readonly T[]): readonly T[] {
  const missing = new Map<CheckedStep, number>();
  for (const step of steps) missing.set(step, step.dependencies.length);
  const order = steps.filter(({ dependencies }) => dependencies.length === 0);
  // What has become ready waits behind the step of the moment, among its like.
  for (let now = 0; now < order.length; now += 1) {
    for (const dependent of (order[now]?.dependents ?? []) as readonly T[]) {
      const left = (missing.get(dependent) ?? 0) - 1;
      missing.set(dependent, left);
      if (left > 0) continue;
      let place = order.length;
      while (place > now + 1 && (order[place - 1]?.index ?? 0) > dependent.index) place -= 1;
      order.splice(place, 0, dependent);
    }
  }
  return order;
}
