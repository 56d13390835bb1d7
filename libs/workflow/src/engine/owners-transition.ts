import type { Departure, FailedAttempt, StepCheckpoint, Transition } from './journal.port.js';
import type { OwnedExecution } from './owned-execution.js';

/**
 * What a run writes in one commit, under the fence of its owner. A class, like all that is made for each
 * execution and lives as long: what V8 saw survive as a literal, it makes in its old generation later.
 */
export class OwnersTransition implements Transition {
  readonly tenantId: string;
  readonly executionId: string;
  readonly run: number;
  readonly fence: number;
  readonly workerId: string;

  constructor(
    owned: OwnedExecution,
    readonly attempts: readonly FailedAttempt[],
    readonly checkpoints: readonly StepCheckpoint[],
    readonly departure: Departure | undefined,
  ) {
    this.tenantId = owned.tenantId;
    this.executionId = owned.executionId;
    this.run = owned.run;
    this.fence = owned.fence;
    this.workerId = owned.workerId;
  }
}
