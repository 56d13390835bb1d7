import type { ParticipantProcess } from '../participants/participant-process.js';
import type { Measurement } from './measurement.js';
import { estimate, type Estimate } from './statistics.js';

/** Two subjects that were measured in turns. */
export interface Comparison {
  readonly ratio: Estimate;
  readonly subject: readonly Measurement[];
  readonly reference: readonly Measurement[];
}

export const throughputOf = ({ executions, milliseconds }: Measurement): number =>
  (executions / milliseconds) * 1000;

/** Measures one, then the other, then the first again, so that what the machine does hits both. */
export async function compare(
  subject: ParticipantProcess,
  reference: ParticipantProcess,
  pairs: number,
  figure: (measurement: Measurement) => number = throughputOf,
): Promise<Comparison> {
  const measured: [Measurement, Measurement][] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    measured.push([await subject.run(), await reference.run()]);
  }
  return {
    ratio: estimate(measured.map(([one, other]) => figure(one) / figure(other))),
    subject: measured.map(([one]) => one),
    reference: measured.map(([, other]) => other),
  };
}
