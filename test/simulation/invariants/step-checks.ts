import type { CheckedWorkflow } from '../../../libs/workflow/src/definition/checked-workflow.js';
import type { WorkflowContext } from '../../../libs/workflow/src/context/workflow-context.js';
import type { Life } from '../cluster/life.js';
import { nameOf, type ModelTables } from '../../support/model-store/model-tables.js';
import type { CheckpointRow, ExecutionRow } from '../../support/model-store/store-dump.js';
import type { Check, Report } from './moment.js';
import type { OwnerChecks } from './owner-checks.js';

/** What a step may rely on when it begins: S13, and that nothing is done again that is recorded. */
export class StepChecks {
  /** When a repeat is due, as its owner said when it wrote the failed attempt. */
  private readonly due = new Map<string, number>();
  /** Attempts of a step under one fence. */
  private readonly begun = new Map<string, number>();

  constructor(
    private readonly tables: ModelTables,
    private readonly owners: OwnerChecks,
    private readonly workflowOf: (capability: string) => CheckedWorkflow | undefined,
    private readonly report: Report,
  ) {}

  readonly check: Check = ({ subject, added, now }) => {
    if (subject.kind !== 'flush') return;
    for (const record of subject.batch) {
      if (record.kind !== 'transition') continue;
      const { run, fence, attempts } = record.transition;
      for (const { stepId, attempt, retryDelay } of attempts) {
        const name = nameOf(record.transition, stepId, run, attempt);
        const isNew = added.some((row) => row.stepId === stepId && row.fence === fence);
        if (isNew && !this.due.has(name)) this.due.set(name, now + retryDelay);
      }
    }
  };

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
    const fences = this.owners.fencesOf(nameOf(key), life);
    const fence = fences[0] ?? -1;
    if (fence < 0) this.report('S3', `${life.name} runs ${nameOf(key)}, which it never owned`);
    for (const { id } of step.dependencies) this.seesWhatIsStored(context, execution, id);
    this.isNotRecorded(context, execution, fence);
    // Of one that owned it twice nobody knows which of its runs this is.
    const isCounted = !step.transactional && fences.length === 1;
    this.attemptsCount(context, execution, fence, isCounted);
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
  private attemptsCount(
    context: WorkflowContext,
    execution: ExecutionRow,
    fence: number,
    isCounted: boolean,
  ): void {
    const { tables } = this;
    const { tenantId, executionId, stepId, retryCount } = context;
    const key = { tenantId, executionId };
    const underFence = nameOf(key, stepId, fence);
    const begun = this.begun.get(underFence) ?? 0;
    this.begun.set(underFence, begun + 1);
    let recorded = 0;
    for (;;) {
      const name = nameOf(key, stepId, execution.run, recorded + 1);
      const row = tables.attempts.get(name);
      if (!row || row.fence >= fence) break;
      recorded += 1;
      if (retryCount === recorded && tables.now < (this.due.get(name) ?? 0) - 0.001) {
        this.report('retries', `${stepId} of ${executionId} is repeated before it is due`);
      }
    }
    // A transaction that could not begin was an attempt too, and nobody saw it.
    const most = isCounted ? recorded + begun : Infinity;
    if (retryCount < recorded || retryCount > most) {
      const which = `attempt ${retryCount + 1} of ${stepId} of ${executionId}`;
      this.report('retries', `${which} begins after ${recorded} and ${begun} others`);
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
