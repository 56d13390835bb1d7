import type { Violation } from '../../../support/invariants/violation-view.js';
import type { Handover } from '../recovery.js';
import type { WorkerStore } from '../worker/protocol.js';

/** An execution as its row says. */
export interface StoredExecution {
  readonly tenant: string;
  readonly id: string;
  readonly key: string;
  readonly status: string;
  /** Encoded errors, when it has some. */
  readonly errors: string | undefined;
}

/** How often a step of an execution had its effect. */
export interface StoredEffect {
  readonly execution: string;
  readonly step: string;
  readonly times: number;
}

/** Everything a run leaves behind. */
export interface Remains {
  readonly executions: readonly StoredExecution[];
  readonly effects: readonly StoredEffect[];
  /** In the order in which they were written. */
  readonly handovers: readonly Handover[];
  readonly integrity: string;
  /** What breaks an invariant. */
  readonly violations: readonly Violation[];
}

/** The database of a run. */
export interface Site {
  readonly store: WorkerStore;
  /** Statements each worker runs before and after it makes its application. */
  readonly beforeBoot: (life: string) => readonly string[];
  readonly afterBoot: readonly string[];
  /** Called once, when the workers have made their tables. */
  instrument(): Promise<void>;
  /** Executions that have not ended; undefined when only a worker can tell. */
  remaining(): Promise<number | undefined>;
  remains(): Promise<Remains>;
  close(): Promise<void>;
}
