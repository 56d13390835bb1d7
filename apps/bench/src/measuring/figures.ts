import type { Measurement } from './measurement.js';
import { quantile } from './statistics.js';

const MEGABYTE = 2 ** 20;

/** What can be said of one run, by name. */
export const FIGURES = {
  executionsPerSecond: ({ executions, milliseconds }) => (executions / milliseconds) * 1000,
  millisecondsPerExecution: ({ executions, milliseconds }) => milliseconds / executions,
  milliseconds: ({ milliseconds }) => milliseconds,
  cpuPerExecution: ({ executions, cpuMilliseconds }) => cpuMilliseconds / executions,
  statementsPerExecution: ({ executions, statements }) => statements / executions,
  writesPerExecution: ({ executions, writeTransactions }) => writeTransactions / executions,
  statementsPerSecond: ({ statements, milliseconds }) => (statements / milliseconds) * 1000,
  peakMegabytes: ({ peakBytes }) => peakBytes / MEGABYTE,
  p50: ({ latencies }) => quantile(latencies ?? [], 0.5),
  p99: ({ latencies }) => quantile(latencies ?? [], 0.99),
} satisfies Record<string, (measurement: Measurement) => number>;

export type Figure = keyof typeof FIGURES;

export const figureOf = (figure: Figure, measurement: Measurement): number =>
  FIGURES[figure](measurement);
