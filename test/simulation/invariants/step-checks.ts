import type { CheckedWorkflow } from '../../../libs/workflow/src/definition/checked-workflow.js';
import type { WorkflowContext } from '../../../libs/workflow/src/context/workflow-context.js';
import type { Life } from '../cluster/life.js';
import { nameOf, type ModelTables } from '../../support/model-store/model-tables.js';
import type { CheckpointRow, ExecutionRow } from '../../support/model-store/store-dump.js';
import type { Report } from './moment.js';
import type { OwnerChecks } from './owner-checks.js';

/** What a step may rely on when it begins: S13, and that nothing is done again that is recorded. */
export class StepChecks {
  constructor(
    private readonly tables: ModelTables,
    private readonly owners: OwnerChecks,
    private readonly workflowOf: (capability: string) => CheckedWorkflow | undefined,
    private readonly report: Report,
  ) {}

  /** Whether the step is transactional. */
  stepBegins(life: Life, context: WorkflowContext): boolean {
    const { tenantId, executionId, stepId } = context;
    const key = { tenantId, executionId };
    const execution = this.tables.executions.get(nameOf(key));
    const step = execution && this.workflowOf(execution.capability)?.stepById.get(stepId);
    if (!execution || !step) {
      this.report('S7', `${stepId} of ${nameOf(key)} begins, which is nowhere`);
      return false;
    }
    const fence = this.owners.fenceOf(nameOf(key), life);
    if (fence < 0) this.report('S3', `${life.name} runs ${nameOf(key)}, which it never owned`);
    for (const { id } of step.dependencies) this.seesWhatIsStored(context, execution, id);
    this.isNotRecorded(context, execution, fence);
    this.attemptsCount(context, execution, fence);
    return step.transactional;
  }

  private seesWhatIsStored(context: WorkflowContext, execution: ExecutionRow, id: string): void {
    const stored = this.rows(context, id, execution).find(({ status }) => status === 'completed');
    const seen: unknown = context.getOutput(id);
    if (stored?.output !== JSON.stringify(seen)) {
      this.report(
        'S13',
        `${context.stepId} of ${context.executionId} sees ${String(seen)} of ${id}, and ${stored?.output} is stored`,
      );
    }
  }

  /** Its owner read everything that was written before its claim. */
  private isNotRecorded(context: WorkflowContext, execution: ExecutionRow, fence: number): void {
    const recorded = this.rows(context, context.stepId, execution).find(
      (row) => row.fence < fence && (row.run === execution.run || row.status === 'completed'),
    );
    if (recorded) {
      const { executionId, stepId } = context;
      this.report('S4', `${stepId} of ${executionId} runs again, and is ${recorded.status}`);
    }
  }

  /** Failed attempts count across crashes, and their wait is kept. */
  private attemptsCount(context: WorkflowContext, execution: ExecutionRow, fence: number): void {
    const { tables } = this;
    const { tenantId, executionId, stepId, retryCount } = context;
    const key = { tenantId, executionId };
    for (let attempt = 1; ; attempt += 1) {
      const row = tables.attempts.get(nameOf(key, stepId, execution.run, attempt));
      if (!row || row.fence >= fence) break;
      if (retryCount < attempt) {
        this.report('retries', `attempt ${retryCount + 1} of ${stepId} of ${executionId} repeats`);
      } else if (retryCount === attempt && tables.now < row.retryAt - 0.001) {
        this.report('retries', `${stepId} of ${executionId} is repeated before it is due`);
      }
    }
  }

  private rows(
    { tenantId, executionId }: WorkflowContext,
    stepId: string,
    { run }: ExecutionRow,
  ): CheckpointRow[] {
    const rows: CheckpointRow[] = [];
    for (let of = run; of >= 1; of -= 1) {
      const row = this.tables.checkpoints.get(nameOf({ tenantId, executionId }, stepId, of));
      if (row) rows.push(row);
    }
    return rows;
  }
}
