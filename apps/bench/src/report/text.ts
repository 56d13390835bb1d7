import type { ProfileSummary } from '../measuring/cpu-profile.js';
import type { Figure } from '../measuring/figures.js';
import type { Estimate } from '../measuring/statistics.js';
import type {
  Finding,
  MemoryReport,
  Report,
  StoreReport,
  SubjectCosts,
  Trial,
  WorkloadReport,
} from './report.js';
import { table } from './table.js';

/** How each figure is called, and with how many digits it is told. */
const TOLD: Readonly<Record<Figure, readonly [name: string, digits: number]>> = {
  executionsPerSecond: ['executions/s', 0],
  millisecondsPerExecution: ['ms/execution', 3],
  milliseconds: ['ms', 0],
  cpuPerExecution: ['CPU ms/execution', 3],
  statementsPerExecution: ['statements/execution', 2],
  writesPerExecution: ['write transactions/execution', 3],
  statementsPerSecond: ['statements/s', 2],
  peakMegabytes: ['peak MB', 0],
  p50: ['p50 ms', 2],
  p99: ['p99 ms', 2],
};

const MEGABYTE = 2 ** 20;

/** The report as a person reads it. */
export const textOf = ({ machine, stores }: Report): string =>
  [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGigabytes} GB, ${machine.kernel}`,
    `Node ${machine.node}; ${pairsOf(machine.packages)}`,
    ...stores.map(storeText),
  ].join('\n');

const storeText = ({ store, settings, trials, workloads }: StoreReport): string =>
  [
    `\n== ${store}`,
    // A process that has nothing to do writes on no connection.
    ...(Object.keys(settings).length > 0 ? [pairsOf(settings)] : []),
    ...trials.map(trialText),
    ...workloads.map(workloadText),
  ].join('\n');

function trialText({ floor, best, ranked }: Trial): string {
  const speeds = ranked.map(
    ({ subject, executionsPerSecond }) => `${subject} ${executionsPerSecond.toFixed(0)}`,
  );
  return `For "${floor}" counts "${best}"; executions/s: ${speeds.join(', ')}`;
}

const workloadText = ({ id, title, findings, costs }: WorkloadReport): string =>
  [`\n${id}: ${title}`, costTable(costs), ...findings.map(findingText)].join('\n');

function costTable(costs: readonly SubjectCosts[]): string {
  const figures = (Object.keys(TOLD) as Figure[]).filter((figure) =>
    costs.some((each) => each.figures[figure] !== undefined),
  );
  return table([
    ['', ...figures.map((figure) => TOLD[figure][0]), 'runs'],
    ...costs.map(({ subject, figures: values, runs }) => [
      subject,
      ...figures.map((figure) => values[figure]?.toFixed(TOLD[figure][1]) ?? ''),
      String(runs),
    ]),
  ]);
}

function findingText(finding: Finding): string {
  const { figure, subject, reference, estimate, bound, control, verdict } = finding;
  const what = reference === undefined ? subject : `${subject} / ${reference}`;
  const parts = [`  ${what}, ${TOLD[figure][0]}: ${estimateText(estimate)}`];
  if (bound) {
    parts.push(`at ${bound.at} ${bound.value} by the ${bound.counts} end: ${verdict}`);
  }
  if (control) {
    const margin = short(bound?.margin ?? Number.NaN);
    parts.push(`against itself, at most ${margin} from 1: ${estimateText(control)}`);
  }
  return parts.join('; ');
}

const estimateText = ({ median, lower, upper, confidence, samples }: Estimate): string =>
  `${short(median)} [${short(lower)}, ${short(upper)}] (${(confidence * 100).toFixed(0)} %, ${samples} runs)`;

const short = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);

const pairsOf = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const MOST_PACKAGES = 15;
const MOST_FUNCTIONS = 50;

/** Where the time of a run went. */
export function profileText(title: string, summary: ProfileSummary): string {
  const rows = (shares: ProfileSummary['functions']): string =>
    table(
      shares.map(({ name, share, milliseconds }) => [
        `${(share * 100).toFixed(1)} %`,
        `${milliseconds.toFixed(0)} ms`,
        name,
      ]),
    );
  return [
    `\n== ${title}: ${summary.milliseconds.toFixed(0)} ms of work`,
    rows(summary.packages.slice(0, MOST_PACKAGES)),
    '',
    rows(summary.functions.slice(0, MOST_FUNCTIONS)),
  ].join('\n');
}

/** What a process kept after each round. */
export function memoryText(report: MemoryReport): string {
  const { store, executions, rounds, heapSlope, residentSlope, moreResources, verdict } = report;
  const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(1);
  return [
    `\n== ${store}: ${executions} executions through one process`,
    table([
      ['round', 'heap MB', 'resident MB', 'resources'],
      ...rounds.map(({ heapBytes, residentBytes, resources }, index) => [
        String(index + 1),
        megabytes(heapBytes),
        megabytes(residentBytes),
        Object.entries(resources)
          .map(([kind, count]) => `${count} ${kind}`)
          .join(', '),
      ]),
    ]),
    `  MB per 1,000 executions over rounds 2 to ${rounds.length}: heap ${heapSlope.toFixed(4)}, ` +
      `resident ${residentSlope.toFixed(4)}; at most 1, and no more resources than after ` +
      `round 2 (there are ${moreResources ? 'more' : 'none more'}): ${verdict}`,
  ].join('\n');
}
