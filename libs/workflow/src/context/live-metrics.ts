import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../runtime/clock.js';
import type { PerformanceMetrics, StepUsage } from './performance-metrics.js';

/** The metrics of a running step, read at the moment of asking. */
export class LiveMetrics implements PerformanceMetrics {
  constructor(
    private readonly usage: StepUsage,
    readonly startTime: Date,
    private readonly clock: Clock,
  ) {}

  get memoryUsage(): number {
    return getHeapStatistics().used_heap_size;
  }

  get cpuUsage(): number {
    return this.usage.cpuUsage;
  }

  get databaseQueries(): number {
    return this.usage.databaseQueries;
  }

  get apiCalls(): number {
    return this.usage.apiCalls;
  }

  get cacheHits(): number {
    return this.usage.cacheHits;
  }

  set cacheHits(count: number) {
    this.usage.cacheHits = count;
  }

  get cacheMisses(): number {
    return this.usage.cacheMisses;
  }

  set cacheMisses(count: number) {
    this.usage.cacheMisses = count;
  }

  get responseTime(): number {
    return Math.max(0, this.clock.now() - this.startTime.getTime());
  }

  toJSON(): PerformanceMetrics {
    return { ...settledMetrics(this.usage, this.startTime, this.responseTime) };
  }
}

/** The metrics of something that has ended, or that is looked at from outside. */
export function settledMetrics(
  usage: StepUsage,
  startTime: Date,
  responseTime: number,
  endTime?: Date,
): PerformanceMetrics {
  return {
    memoryUsage: getHeapStatistics().used_heap_size,
    ...usage,
    responseTime,
    startTime,
    ...(endTime ? { endTime, duration: responseTime } : {}),
  };
}
