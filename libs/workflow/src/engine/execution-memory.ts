import type { RecordChange } from '../context/step-context.js';
import type { CheckedStep, CheckedWorkflow } from '../definition/checked-workflow.js';
import { ancestorsOf } from '../definition/ancestors.js';
import { deepFreeze } from '../payload/deep-freeze.js';
import { WorkflowException } from '../result/workflow.exception.js';
import type { Codec } from './engine.port.js';
import type { StepCheckpoint } from './journal.port.js';
import type { StartContext } from './owned-execution.js';
import { WriteHistory } from './write-history.js';

/** The writes of one step, as its checkpoint keeps them. */
export interface StepWrites {
  readonly data: RecordChange;
  readonly metadata: RecordChange;
}

/**
 * What the checkpoints of an execution say, decoded when somebody asks. Every value passed through
 * the codec, so a fresh run and a resumed one see the same.
 */
export class ExecutionMemory {
  readonly checkpoints = new Map<string, StepCheckpoint>();
  private readonly outputs = new Map<string, unknown>();
  /** Most executions have none. */
  private written: ExecutionWrites | undefined;

  constructor(
    private readonly workflow: CheckedWorkflow,
    private readonly start: StartContext,
    private readonly codec: Codec,
  ) {}

  remember(checkpoint: StepCheckpoint): void {
    this.checkpoints.set(checkpoint.stepId, checkpoint);
    const step = this.workflow.stepById.get(checkpoint.stepId);
    if (step && checkpoint.writes !== undefined && checkpoint.status === 'completed') {
      this.written ??= new ExecutionWrites();
      this.written.add(step, deepFreeze(this.codec.decode(checkpoint.writes)) as StepWrites);
    }
  }

  /** The output of `stepId` for a step that depends on it. */
  outputFor(reader: CheckedStep, stepId: string): unknown {
    const step = this.workflow.stepById.get(stepId);
    if (!step || !(reader.dependencies.includes(step) || ancestorsOf(reader).has(step))) {
      throw new WorkflowException(
        'STEP_OUTPUT_MISSING',
        `Step "${reader.id}" asks for the output of "${stepId}", which is not among its dependencies. Fix: dependencies: ['${stepId}'].`,
      );
    }
    if (this.outputs.has(stepId)) return this.outputs.get(stepId);
    const text = this.checkpoints.get(stepId)?.output;
    const value = text === undefined ? undefined : deepFreeze(this.codec.decode(text));
    this.outputs.set(stepId, value);
    return value;
  }

  /** `data` and `metadata` as a step sees them at its beginning: what its ancestors wrote, merged. */
  viewFor(step: CheckedStep): Pick<StartContext, 'data' | 'metadata'> {
    return this.written?.seenBy(step, this.start) ?? this.start;
  }
}

/** What the steps of one execution wrote into `data` and `metadata`. */
class ExecutionWrites {
  private readonly writes = new Map<CheckedStep, StepWrites>();
  private readonly history = new WriteHistory((step) => this.writes.has(step));

  add(step: CheckedStep, writes: StepWrites): void {
    this.writes.set(step, writes);
  }

  seenBy(step: CheckedStep, start: StartContext): Pick<StartContext, 'data' | 'metadata'> {
    const data = { ...start.data };
    const metadata = { ...start.metadata };
    for (const writer of this.history.writersBefore(step)) {
      const written = this.writes.get(writer);
      if (!written) continue;
      apply(written.data, data);
      apply(written.metadata, metadata);
    }
    return { data, metadata };
  }
}

function apply(change: RecordChange, target: Record<string, unknown>): void {
  Object.assign(target, change.set);
  for (const key of change.removed) delete target[key];
}
