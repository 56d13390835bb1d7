import type { Store } from '../databases/database.js';
import type { Figure } from '../measuring/figures.js';
import type { MemoryState } from '../measuring/memory-state.js';
import type { Settings } from '../measuring/connection-settings.js';
import type { Measurement } from '../measuring/measurement.js';
import type { Estimate } from '../measuring/statistics.js';
import type { Bound, Verdict } from '../measuring/verdict.js';
import type { Machine } from './machine.js';

/** All that a run of the bench found out; printed as JSON as it is. */
export interface Report {
  readonly machine: Machine;
  readonly stores: readonly StoreReport[];
}

export interface StoreReport {
  readonly store: Store;
  /** Of all connections on which something was written. */
  readonly settings: Settings;
  /** How the floors that are compared with were chosen. */
  readonly trials: readonly Trial[];
  readonly workloads: readonly WorkloadReport[];
}

export interface WorkloadReport {
  readonly id: string;
  readonly title: string;
  readonly findings: readonly Finding[];
  /** What each subject and reference costs. */
  readonly costs: readonly SubjectCosts[];
}

/** A figure of a subject, or the ratio of it to that of another one. */
export interface Finding {
  readonly figure: Figure;
  readonly subject: string;
  readonly reference?: string;
  readonly estimate: Estimate;
  readonly bound?: Bound & { readonly counts: 'lower' | 'upper' };
  /** The same ratio of the subject to itself, measured in the same rounds. */
  readonly control?: Estimate;
  readonly verdict?: Verdict;
}

/** Variants of one floor beside each other. */
export interface Trial {
  readonly floor: string;
  readonly best: string;
  /** All of them, the fastest first. */
  readonly ranked: readonly {
    readonly subject: string;
    readonly executionsPerSecond: number;
  }[];
}

/** Over all runs of one subject, in one process: medians, and the largest memory. */
export interface SubjectCosts {
  readonly subject: string;
  readonly runs: number;
  readonly figures: Readonly<Partial<Record<Figure, number>>>;
}

/** One subject with what was measured of it. */
export interface Runs {
  readonly subject: string;
  readonly measurements: readonly Measurement[];
}

export interface MemoryReport {
  readonly store: Store;
  readonly executions: number;
  readonly rounds: readonly MemoryState[];
  /** Megabytes per 1,000 executions, over rounds 2 to 6. */
  readonly heapSlope: number;
  readonly residentSlope: number;
  readonly moreResources: boolean;
  readonly verdict: Verdict;
}
