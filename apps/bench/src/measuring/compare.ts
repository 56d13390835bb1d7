import { figureOf, type Figure } from './figures.js';
import type { Measurement } from './measurement.js';
import { estimate, type Estimate } from './statistics.js';

/** Something that can be measured once more. */
export interface Measured {
  run(): Promise<Measurement>;
}

/**
 * Measures each in turn, over and over, so that what the machine does meanwhile hits them all. Every
 * other round goes backwards: nobody is always the one who runs after somebody else.
 */
export async function inTurns(
  measured: readonly Measured[],
  rounds: number,
): Promise<readonly (readonly Measurement[])[]> {
  const results: Measurement[][] = measured.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    const order = [...measured.entries()];
    if (round % 2 === 1) order.reverse();
    for (const [index, one] of order) results[index]?.push(await one.run());
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
