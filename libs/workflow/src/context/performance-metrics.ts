/**
 * What an execution has used. Every number is measured.
 *
 * @publicApi
 */
export interface PerformanceMetrics {
  /** Bytes of heap the whole process uses at the moment of reading. */
  memoryUsage: number;
  /** Milliseconds of CPU the process spent while steps of this execution ran, shared with the steps that ran at the same time. */
  cpuUsage: number;
  /** Queries the steps sent through the application's DataSource. */
  databaseQueries: number;
  /** HTTP requests the steps sent. */
  apiCalls: number;
  /** Count; a step adds to it where it uses a cache. */
  cacheHits: number;
  /** Count; a step adds to it where it uses a cache. */
  cacheMisses: number;
  /** Milliseconds from the start of the execution to its end, or to now. */
  responseTime: number;
  startTime?: Date;
  endTime?: Date;
  /** Milliseconds. */
  duration?: number;
}

/** The counted part of the metrics: what a checkpoint keeps and a result adds up. */
export interface StepUsage {
  cpuUsage: number;
  databaseQueries: number;
  apiCalls: number;
  cacheHits: number;
  cacheMisses: number;
}

export const noUsage = (): StepUsage => ({
  cpuUsage: 0,
  databaseQueries: 0,
  apiCalls: 0,
  cacheHits: 0,
  cacheMisses: 0,
});

/** Adds up what several steps have used. */
export function totalUsage(usages: Iterable<StepUsage>): StepUsage {
  const total = noUsage();
  for (const usage of usages) {
    for (const counter of Object.keys(total) as (keyof StepUsage)[]) {
      total[counter] += usage[counter];
    }
  }
  return total;
}
