import { existsSync, readFileSync } from 'node:fs';
import type { WorkerSettings } from '../worker/protocol.js';

/** A row of `workflow_execution`, with its task if it has one. */
export interface StoredExecution {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly fence: number;
  readonly finishedAt: number | null;
  readonly task: string | null;
  readonly taskFence: number | null;
  readonly worker: string | null;
  readonly visibleAt: number | null;
  readonly reason: string | null;
}

/** A row of `workflow_step`. */
export interface StoredCheckpoint {
  readonly key: string;
  readonly step: string;
  readonly status: string;
}

/** What is durable at one moment. */
export interface StoredState {
  readonly executions: readonly StoredExecution[];
  readonly checkpoints: readonly StoredCheckpoint[];
  /** What must never be, as sentences; also in the middle of the work. */
  readonly violations: readonly string[];
}

/** A database on which workers follow one another. */
export interface SiteDatabase {
  /** How they reach it. */
  readonly access: Pick<WorkerSettings, 'database' | 'store' | 'lease'>;
  /** What is there when every worker is dead or at rest. */
  stored(): Promise<StoredState>;
  /** Rows of a query, at the same moment. */
  query<T>(sql: string): Promise<T[]>;
}

/** How often each step of each key has acted, by `<key> <step>`. */
export function readEffects(file: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (!existsSync(file)) return counts;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return counts;
}
