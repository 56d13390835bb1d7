import type { CheckedWorkflow } from '../../../libs/workflow/src/definition/checked-workflow.js';
import { nameOf, type ModelTables } from '../../support/model-store/model-tables.js';
import type { CheckpointRow, ExecutionRow } from '../../support/model-store/store-dump.js';
import { isPoisoned, type Check } from './moment.js';

/** An execution ends as its steps did, and only when all of them have settled. */
export function endChecks(
  tables: ModelTables,
  workflowOf: (capability: string) => CheckedWorkflow | undefined,
): Check {
  const settled = (
    { tenantId, id, run }: ExecutionRow,
    stepId: string,
  ): CheckpointRow | undefined => {
    const key = { tenantId, executionId: id };
    const own = tables.checkpoints.get(nameOf(key, stepId, run));
    if (own) return own;
    for (let earlier = run - 1; earlier >= 1; earlier -= 1) {
      const row = tables.checkpoints.get(nameOf(key, stepId, earlier));
      if (row?.status === 'completed') return row;
    }
    return undefined;
  };

  return ({ subject, changes }, report) => {
    if (subject.kind !== 'flush' && subject.kind !== 'commit') return;
    for (const change of changes) {
      const { execution } = change.after;
      if (execution?.finishedAt === undefined || isPoisoned(change)) continue;
      const steps = workflowOf(execution.capability)?.steps ?? [];
      const rows = steps.map((step) => ({ step, row: settled(execution, step.id) }));
      const open = rows.filter(({ row }) => row === undefined).map(({ step }) => step.id);
      if (open.length > 0) report('S6', `${change.name} ended without ${open.join(', ')}`);
      const failed = rows.some(({ step, row }) => step.critical && row?.status === 'failed');
      if (failed !== (execution.status === 'failed')) {
        report('S6', `${change.name} is ${execution.status}, and its steps say otherwise`);
      }
    }
  };
}
