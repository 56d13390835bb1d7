import type { Store } from '../databases/database.js';
import { ratioOf } from '../measuring/compare.js';
import { figureOf } from '../measuring/figures.js';
import { estimate } from '../measuring/statistics.js';
import { countingEnd, marginOf, verdictOn, type Bound } from '../measuring/verdict.js';
import { costsOf } from '../report/costs.js';
import type { Finding, Runs, WorkloadReport } from '../report/report.js';
import type { FigurePlan, RatioPlan, Workload } from '../workloads/workloads.js';
import { lineUpOf } from './line-up.js';
import type { Stage } from './stage.js';
import type { Trials } from './trials.js';

/** What the measuring of one store has to go by. */
export interface Terms {
  readonly store: Store;
  readonly stage: Stage;
  /** Rounds of each workload; if absent, as many as it takes. */
  readonly rounds: number | undefined;
  readonly trials: Trials;
}

/** Rounds where a ratio has a bound. */
const ROUNDS = 20;

/** Rounds where none has: the fewest whose interval has the confidence that a verdict needs. */
const FEWEST_ROUNDS = 6;

/** Measures all that a workload is about in the same rounds. */
export async function measureWorkload(workload: Workload, terms: Terms): Promise<WorkloadReport> {
  const { store, stage } = terms;
  const { id, title, subject, figures } = workload;
  const ratios = await withBestFloors(workload.ratios, terms);
  const enough = ratios.some(({ bound }) => bound?.[store]) ? ROUNDS : FEWEST_ROUNDS;
  const runs = await stage.measure(lineUpOf({ subject, ratios }, store), terms.rounds ?? enough);
  return {
    id,
    title,
    findings: [
      ...ratios.map((plan) => ratioFinding(plan, runs, store)),
      ...figures
        .filter(({ stores }) => stores?.includes(store) ?? true)
        .map((plan) => figureFinding(plan, subject, runs)),
    ],
    costs: withoutControls(runs).map(costsOf),
  };
}

async function withBestFloors(
  ratios: readonly RatioPlan[],
  { trials }: Terms,
): Promise<RatioPlan[]> {
  const plans: RatioPlan[] = [];
  for (const plan of ratios) {
    plans.push({ ...plan, reference: await trials.bestOf(plan.reference) });
  }
  return plans;
}

function ratioFinding(
  { subject, reference, figure, bound: bounds }: RatioPlan,
  runs: readonly Runs[],
  store: Store,
): Finding {
  const [measured = [], control = []] = measurementsOf(subject, runs);
  const [other = []] = measurementsOf(reference, runs);
  const found = ratioOf(figure, measured, other);
  const finding: Finding = { figure, subject, reference, estimate: found };
  const bound = bounds?.[store];
  if (!bound) return finding;
  const ofItself = ratioOf(figure, measured, control);
  return {
    ...finding,
    bound: { ...told(bound), margin: marginOf(bound) },
    control: ofItself,
    verdict: verdictOn(bound, found, ofItself),
  };
}

function figureFinding(
  { figure, bound }: FigurePlan,
  subject: string,
  runs: readonly Runs[],
): Finding {
  const [measured = []] = measurementsOf(subject, runs);
  const found = estimate(measured.map((measurement) => figureOf(figure, measurement)));
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

/** Those of the subject itself, then those of its control. */
const measurementsOf = (name: string, runs: readonly Runs[]): Runs['measurements'][] =>
  runs.filter(({ subject }) => subject === name).map(({ measurements }) => measurements);

const withoutControls = (runs: readonly Runs[]): Runs[] =>
  runs.filter(
    ({ subject }, index) => runs.findIndex((other) => other.subject === subject) === index,
  );
