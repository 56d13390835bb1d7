import type { Store } from '../databases/database.js';
import { ratioOf, type Effort } from '../measuring/compare.js';
import { figureOf } from '../measuring/figures.js';
import { estimate, type Estimate } from '../measuring/statistics.js';
import { countingEnd, verdictOn, type Bound } from '../measuring/verdict.js';
import { bySubject, costsOf } from '../report/costs.js';
import type { Finding, Runs, WorkloadReport } from '../report/report.js';
import { BATCHED, type FigurePlan, type RatioPlan, type Workload } from '../workloads/workloads.js';
import type { Stage } from './stage.js';

/** What the measuring of one store has to go by. */
export interface Terms {
  readonly store: Store;
  readonly stage: Stage;
  readonly effort: Effort;
  /** Name of the best of the batched floors. */
  readonly batched: () => Promise<string>;
  readonly controls: Controls;
}

/** Ratios of the code to itself, each measured when it is first needed. */
export class Controls {
  private readonly known = new Map<string, Promise<Runs[]>>();

  constructor(
    private readonly stage: Stage,
    private readonly effort: Effort,
  ) {}

  async of(subject: string, figure: RatioPlan['figure']): Promise<Estimate> {
    const runs = this.known.get(subject) ?? this.measure(subject);
    this.known.set(subject, runs);
    const [one, other] = await runs;
    return ratioOf(figure, one?.measurements ?? [], other?.measurements ?? []);
  }

  private async measure(subject: string): Promise<Runs[]> {
    return [...(await this.stage.measure([subject, subject], this.effort))];
  }
}

export async function measureWorkload(workload: Workload, terms: Terms): Promise<WorkloadReport> {
  const { id, title, subject } = workload;
  const findings: Finding[] = [];
  const runs: Runs[] = [];
  for (const plan of workload.ratios) {
    const reference = plan.reference === BATCHED ? await terms.batched() : plan.reference;
    const pair = await terms.stage.measure([plan.subject, reference], terms.effort);
    runs.push(...pair);
    findings.push(await ratioFinding(plan, pair, terms));
  }
  if (workload.ratios.length === 0) {
    runs.push(...(await terms.stage.measure([subject], terms.effort)));
  }
  const together = bySubject(runs);
  const own = together.find((each) => each.subject === subject);
  for (const plan of workload.figures) {
    if (plan.stores && !plan.stores.includes(terms.store)) continue;
    findings.push(figureFinding(plan, own ?? { subject, measurements: [] }));
  }
  return { id, title, findings, costs: together.map(costsOf) };
}

async function ratioFinding(
  { figure, bound: bounds, control: self }: RatioPlan,
  [subject, reference]: readonly Runs[],
  { store, controls }: Terms,
): Promise<Finding> {
  const found = ratioOf(figure, subject?.measurements ?? [], reference?.measurements ?? []);
  const finding: Finding = {
    figure,
    subject: subject?.subject ?? '',
    reference: reference?.subject ?? '',
    estimate: found,
  };
  const bound = bounds?.[store];
  if (!bound) return finding;
  const control = self === undefined ? undefined : await controls.of(self, figure);
  return {
    ...finding,
    bound: told(bound),
    ...(control ? { control } : {}),
    verdict: verdictOn(bound, found, control),
  };
}

function figureFinding({ figure, bound }: FigurePlan, { subject, measurements }: Runs): Finding {
  const found = estimate(measurements.map((measurement) => figureOf(figure, measurement)));
  return {
    figure,
    subject,
    estimate: found,
    bound: told(bound),
    verdict: verdictOn(bound, found),
  };
}

const told = (bound: Bound): NonNullable<Finding['bound']> => ({
  ...bound,
  counts: countingEnd(bound.at),
});
