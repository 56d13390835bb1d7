import type { DefinitionFault } from './definition-fault.js';
import { quoted, suggestion } from './nearest-name.js';
import type { WorkflowStep } from './workflow-definition.js';

/** Duplicate ids, missing dependencies, circles, and the steps that can never begin because of them. */
export function graphFaults(
  workflowId: string,
  steps: readonly WorkflowStep[],
  at: (stepId: string) => string,
): DefinitionFault[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const ids = [...byId.keys()];
  const faults: DefinitionFault[] = [];

  for (const id of duplicates(steps.map((step) => step.id))) {
    faults.push({
      code: 'STEP_DUPLICATE',
      where: at(id),
      message: `Two steps of workflow "${workflowId}" have the id "${id}".`,
      fix: 'Rename one of them.',
    });
  }

  const blocked = new Set<string>();
  for (const step of steps) {
    for (const dependency of step.dependencies ?? []) {
      if (byId.has(dependency)) continue;
      blocked.add(step.id);
      const meant = suggestion(
        dependency,
        ids.filter((id) => id !== step.id),
      );
      faults.push({
        code: 'STEP_DEPENDENCY_MISSING',
        where: at(step.id),
        message: `"${step.id}" depends on "${dependency}", which is not a step of workflow "${workflowId}". Steps: ${quoted(ids)}.${meant}`,
        fix: 'Correct the name, or decorate the method with @Step().',
      });
    }
  }

  const circles = findCircles(steps, byId);
  for (const circle of circles) {
    for (const id of circle) blocked.add(id);
    const path = [...circle, circle[0]].map((id) => `"${id}"`).join(' -> ');
    faults.push({
      code: 'STEP_DEPENDENCY_CYCLE',
      where: at(circle[0] ?? ''),
      message: `Steps depend on each other in a circle: ${path}.`,
      fix: 'Remove one of these dependencies.',
    });
  }

  for (const [id, cause] of unreachable(steps, blocked)) {
    faults.push({
      code: 'STEP_UNREACHABLE',
      where: at(id),
      message: `"${id}" can never begin, because "${cause}" cannot.`,
      fix: `Mend "${cause}".`,
    });
  }
  return faults;
}

function duplicates(ids: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const id of ids) (seen.has(id) ? twice : seen).add(id);
  return twice;
}

/** Each circle once, from its first step in definition order. Iterative: graphs may be deep. */
function findCircles(
  steps: readonly WorkflowStep[],
  byId: ReadonlyMap<string, WorkflowStep>,
): string[][] {
  const finished = new Set<string>();
  const circles: string[][] = [];
  for (const root of steps) {
    if (finished.has(root.id)) continue;
    const path: string[] = [root.id];
    const onPath = new Set(path);
    const pending: Iterator<string>[] = [(root.dependencies ?? []).values()];
    while (pending.length > 0) {
      const next = pending[pending.length - 1]?.next();
      if (next?.done !== false) {
        pending.pop();
        const left = path.pop();
        if (left !== undefined) {
          onPath.delete(left);
          finished.add(left);
        }
        continue;
      }
      const id = next.value;
      if (onPath.has(id)) circles.push(path.slice(path.indexOf(id)));
      const step = byId.get(id);
      if (!step || finished.has(id) || onPath.has(id)) continue;
      path.push(id);
      onPath.add(id);
      pending.push((step.dependencies ?? []).values());
    }
  }
  return circles;
}

/** Steps behind a blocked one, each with the dependency that blocks it. */
function unreachable(
  steps: readonly WorkflowStep[],
  blocked: ReadonlySet<string>,
): Map<string, string> {
  const dependents = new Map<string, string[]>();
  for (const step of steps) {
    for (const dependency of step.dependencies ?? []) {
      dependents.set(dependency, [...(dependents.get(dependency) ?? []), step.id]);
    }
  }
  const causes = new Map<string, string>();
  const queue = [...blocked];
  for (let cause = queue.shift(); cause !== undefined; cause = queue.shift()) {
    for (const id of dependents.get(cause) ?? []) {
      if (blocked.has(id) || causes.has(id)) continue;
      causes.set(id, cause);
      queue.push(id);
    }
  }
  return causes;
}
