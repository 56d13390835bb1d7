import { figureOf, type Figure } from '../measuring/figures.js';
import { median } from '../measuring/statistics.js';
import type { Runs, SubjectCosts } from './report.js';

const OF_EXECUTIONS: readonly Figure[] = [
  'executionsPerSecond',
  'cpuPerExecution',
  'statementsPerExecution',
  'writesPerExecution',
  'peakMegabytes',
];
const OF_LATENCIES: readonly Figure[] = ['p50', 'p99'];
const OF_IDLENESS: readonly Figure[] = ['statementsPerSecond', 'peakMegabytes'];

/** How the values of the rounds become one, where that is not their median. */
const OVER_ROUNDS: Partial<Record<Figure, (values: readonly number[]) => number>> = {
  peakMegabytes: (values) => Math.max(...values),
};

/** Whatever can be said of the runs of one process. */
export function costsOf({ subject, measurements }: Runs): SubjectCosts {
  const [first] = measurements;
  const figures = [
    ...(first?.executions === 0 ? OF_IDLENESS : OF_EXECUTIONS),
    ...(first?.latencies ? OF_LATENCIES : []),
  ];
  return {
    subject,
    runs: measurements.length,
    figures: Object.fromEntries(
      figures.map((figure) => [
        figure,
        (OVER_ROUNDS[figure] ?? median)(
          measurements.map((measurement) => figureOf(figure, measurement)),
        ),
      ]),
    ),
  };
}
