import { createViolationView, readViolations } from '../../../support/invariants/violation-view.js';

const TABLES = {
  execution: 'workflow_execution',
  task: 'workflow_task',
  step: 'workflow_step',
  attempt: 'workflow_attempt',
};

/** Makes the view of what breaks an invariant. */
export const createViolations = (kind: 'postgres' | 'sqlite'): string =>
  createViolationView(kind, TABLES);

export const VIOLATIONS = readViolations();
