import { FIGURES } from '../measuring/figures.js';
import { median } from '../measuring/statistics.js';
import type { Trial } from '../report/report.js';
import type { Stage } from './stage.js';

/** Runs of each variant. */
const ROUNDS = 3;

/** Finds out which variant of a floor is the fastest here, when it is first asked for. */
export class Trials {
  private readonly held = new Map<string, Trial>();

  /** @param variants names of subjects, by that of the floor they are variants of */
  constructor(
    private readonly stage: Pick<Stage, 'measure'>,
    private readonly variants: Readonly<Record<string, readonly string[]>>,
  ) {}

  /** What has no variants is itself the best. */
  async bestOf(floor: string): Promise<string> {
    const variants = this.variants[floor];
    if (!variants) return floor;
    const trial = this.held.get(floor) ?? (await this.hold(floor, variants));
    this.held.set(floor, trial);
    return trial.best;
  }

  results(): Trial[] {
    return [...this.held.values()];
  }

  private async hold(floor: string, variants: readonly string[]): Promise<Trial> {
    const runs = await this.stage.measure(variants, ROUNDS);
    const ranked = runs
      .map(({ subject, measurements }) => ({
        subject,
        executionsPerSecond: median(measurements.map(FIGURES.executionsPerSecond)),
      }))
      .sort((one, other) => other.executionsPerSecond - one.executionsPerSecond);
    return { floor, best: ranked[0]?.subject ?? floor, ranked };
  }
}
