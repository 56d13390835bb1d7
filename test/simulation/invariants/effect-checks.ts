import { nameOf } from '../../support/model-store/model-tables.js';
import type { CheckpointRow } from '../../support/model-store/store-dump.js';
import { isCheckpoint, type Check } from './moment.js';

/** S5: a transactional step has completed if and only if its effects are there, and they are there once. */
export function effectChecks(
  isTransactional: (capability: string, stepId: string) => boolean,
  capabilityOf: (name: string) => string | undefined,
): Check {
  const counts = new Map<string, number>();

  return ({ added, effects }, report) => {
    const completed = new Map<string, CheckpointRow>();
    for (const row of added) {
      if (!isCheckpoint(row) || row.status !== 'completed') continue;
      if (isTransactional(capabilityOf(nameOf(row)) ?? '', row.stepId)) {
        completed.set(nameOf(row, row.stepId), row);
      }
    }
    for (const effect of effects) {
      const [tenantId, executionId, stepId, token] = JSON.parse(effect) as [
        string,
        string,
        string,
        string,
      ];
      const name = nameOf({ tenantId, executionId }, stepId);
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      if (count > 1) report('S5', `${name} has its effects ${count} times`);
      if (completed.get(name)?.output !== JSON.stringify(token)) {
        report('S5', `the effects of ${name} were committed without its checkpoint`);
      }
    }
    for (const name of completed.keys()) {
      if (!counts.has(name)) report('S5', `${name} has completed without its effects`);
    }
  };
}
