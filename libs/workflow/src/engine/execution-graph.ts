import type { CheckedStep, CheckedWorkflow } from '../definition/checked-workflow.js';
import type { SettledStatus } from './journal.port.js';

/** A step that will never run, and why. */
export interface SkippedStep {
  readonly step: CheckedStep;
  readonly reason: string;
}

/**
 * Which steps have settled and which may begin. Counts instead of scanning, so that a graph of ten
 * thousand steps costs ten thousand small updates.
 */
export class ExecutionGraph {
  private readonly statuses = new Map<CheckedStep, SettledStatus>();
  /** Dependencies that are missing, by the index of the step. */
  private readonly blockedBy: number[];
  private readonly ready = new Set<CheckedStep>();

  constructor(private readonly workflow: CheckedWorkflow) {
    this.blockedBy = workflow.steps.map(({ dependencies }) => dependencies.length);
    for (const step of workflow.steps) if (step.dependencies.length === 0) this.ready.add(step);
  }

  get allSettled(): boolean {
    return this.statuses.size === this.workflow.steps.length;
  }

  statusOf(step: CheckedStep): SettledStatus | undefined {
    return this.statuses.get(step);
  }

  /** Steps whose dependencies have all completed and that were not taken yet. */
  takeReady(limit: number): CheckedStep[] {
    const taken: CheckedStep[] = [];
    for (const step of this.ready) {
      if (taken.length >= limit) break;
      this.ready.delete(step);
      taken.push(step);
    }
    return taken;
  }

  get hasReady(): boolean {
    return this.ready.size > 0;
  }

  /** A step has settled for good. Its dependents become ready only by {@link release}. */
  settle(step: CheckedStep, status: SettledStatus): void {
    this.statuses.set(step, status);
    this.ready.delete(step);
  }

  /** The checkpoint of a completed step is durable: its dependents may begin. */
  release(step: CheckedStep): void {
    for (const dependent of step.dependents) {
      this.blockedBy[dependent.index] -= 1;
      if (this.blockedBy[dependent.index] === 0 && !this.statuses.has(dependent))
        this.ready.add(dependent);
    }
  }

  /** Settles, as skipped, everything that waits for a step that did not complete. */
  skipDependentsOf(step: CheckedStep): SkippedStep[] {
    const skipped: SkippedStep[] = [];
    const queue = [step];
    for (const cause of queue) {
      for (const dependent of cause.dependents) {
        if (this.statuses.has(dependent)) continue;
        this.settle(dependent, 'skipped');
        const verb = this.statuses.get(cause) ?? 'failed';
        skipped.push({ step: dependent, reason: `Its dependency "${cause.id}" ${WAS[verb]}.` });
        queue.push(dependent);
      }
    }
    return skipped;
  }

  /** Settles, as skipped, every step that has not settled, but those that run. */
  skipRest(reason: string, running: ReadonlyMap<CheckedStep, unknown>): SkippedStep[] {
    const skipped: SkippedStep[] = [];
    for (const step of this.workflow.steps) {
      if (this.statuses.has(step) || running.has(step)) continue;
      this.settle(step, 'skipped');
      skipped.push({ step, reason });
    }
    return skipped;
  }
}

const WAS: Record<SettledStatus, string> = {
  completed: 'completed',
  failed: 'failed',
  skipped: 'was skipped',
  cancelled: 'was cancelled',
};
