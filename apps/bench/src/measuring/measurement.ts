import type { Settings } from './connection-settings.js';
import { watchResidentPeak } from './resident-peak.js';
import type { StatementCounter } from './statement-counter.js';
import type { WritingConnections } from './writing-connections.js';

/** What one run cost. */
export interface Measurement {
  readonly executions: number;
  readonly milliseconds: number;
  /** CPU time of this process, user and system together. */
  readonly cpuMilliseconds: number;
  readonly statements: number;
  readonly writeTransactions: number;
  /** The most resident memory of this process during the run. */
  readonly peakBytes: number;
  /** Of the connections on which it was written. */
  readonly settings: Settings;
  /** Milliseconds of each execution, where they run one at a time. */
  readonly latencies?: readonly number[];
}

/** Measures work that runs so many executions; it may answer with their latencies. */
export type Measure = (
  executions: number,
  work: () => Promise<readonly number[] | void>,
) => Promise<Measurement>;

/** Measures with the clock, the counters and the connections of this process. */
export const measureWith =
  (counter: StatementCounter, connections: WritingConnections): Measure =>
  async (executions, work) => {
    connections.forget();
    const residentPeak = watchResidentPeak();
    const counts = counter.counts();
    const cpu = process.cpuUsage();
    const start = performance.now();
    const latencies = await work();
    const milliseconds = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    const peakBytes = residentPeak();
    const { statements, writeTransactions } = counter.counts();
    return {
      executions,
      milliseconds,
      cpuMilliseconds: (user + system) / 1000,
      statements: statements - counts.statements,
      writeTransactions: writeTransactions - counts.writeTransactions,
      peakBytes,
      settings: await connections.settings(),
      ...(latencies ? { latencies } : {}),
    };
  };
