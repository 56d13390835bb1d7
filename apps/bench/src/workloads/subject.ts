import type { Measure, Measurement } from '../measuring/measurement.js';

/** Something that can be measured again and again. */
export interface Subject {
  run(measure: Measure): Promise<Measurement>;
  close(): Promise<void>;
}
