import type { ExecutionKey } from '../engine/journal.port.js';
import type { OwnedExecution } from '../engine/owned-execution.js';

/** What a worker asks for. */
export interface ClaimRequest {
  readonly workerId: string;
  /** Free slots; a claim never takes more. */
  readonly limit: number;
  /** Definitions the worker can run. */
  readonly capabilities: readonly string[];
}

/** A task in the hands of a worker. */
export interface HeldTask extends ExecutionKey {
  readonly fence: number;
}

/** What is due and belongs to nobody. */
export abstract class TaskQueue {
  /** Milliseconds an owner keeps a task without a heartbeat; undefined when it keeps it for its life. */
  abstract readonly lease: number | undefined;

  /** Makes the worker the owner of due executions. */
  abstract claim(request: ClaimRequest): Promise<readonly OwnedExecution[]>;

  /**
   * Milliseconds until the first execution is due that the worker can run: 0 when one is already,
   * undefined when none will be before the horizon. The end of a lease counts too.
   */
  abstract dueWithin(horizon: number, capabilities: readonly string[]): Promise<number | undefined>;

  /** Renews the leases of a worker. Returns the tasks that are not its own any more. */
  abstract extend(workerId: string, held: readonly HeldTask[]): Promise<readonly HeldTask[]>;

  /**
   * Notes that a suspect is about to run alone: whoever finds this note finds an execution that ended
   * its worker by itself. Resolves to whether it still belongs to the worker, when it is durable.
   */
  abstract isolate(workerId: string, suspect: HeldTask): Promise<boolean>;

  /** Takes back, at boot, what an earlier life of this worker left running. Returns how many. */
  abstract recover(): Promise<number>;

  /**
   * Suspends what no definition of this process can run, and lets go on what was suspended for that
   * reason and can be run again.
   */
  abstract matchCapabilities(
    capabilities: readonly string[],
  ): Promise<{ readonly suspended: number; readonly resumed: number }>;
}
