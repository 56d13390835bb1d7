import { figureOf, type Figure } from './figures.js';
import type { Measurement } from './measurement.js';
import { estimate, type Estimate } from './statistics.js';

/** Something that can be measured once more. */
export interface Measured {
  run(): Promise<Measurement>;
}

/** How often something is measured. */
export interface Effort {
  /** At most. */
  readonly rounds: number;
  /** However long they take. */
  readonly fewest: number;
  /** Milliseconds after which no round begins that does not have to. */
  readonly patience: number;
}

/** Measures each in turn, over and over, so that what the machine does meanwhile hits them all. */
export async function inTurns(
  measured: readonly Measured[],
  { rounds, fewest, patience }: Effort,
): Promise<readonly (readonly Measurement[])[]> {
  const results: Measurement[][] = measured.map(() => []);
  const start = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    if (round >= fewest && performance.now() - start > patience) break;
    for (const [index, one] of measured.entries()) results[index]?.push(await one.run());
  }
  return results;
}

/** The ratio of a figure within each pair, and its median over all of them. */
export function ratioOf(
  figure: Figure,
  subject: readonly Measurement[],
  reference: readonly Measurement[],
): Estimate {
  return estimate(
    subject.flatMap((measurement, index) => {
      const other = reference[index];
      return other ? [figureOf(figure, measurement) / figureOf(figure, other)] : [];
    }),
  );
}
