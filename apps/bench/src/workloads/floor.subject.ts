import type { Database } from '../databases/database.js';
import { maintain } from '../databases/prepare.js';
import type { Floor } from '../floors/floor.js';
import { IN_FLIGHT, WARM_UP } from './sizes.js';
import type { Subject } from './subject.js';

/** A floor, run as W1 is. */
export async function floorSubject(
  floor: Floor,
  database: Database,
  executions: number,
): Promise<Subject> {
  await floor.run(WARM_UP, IN_FLIGHT);
  await maintain(database);
  return {
    run: (measure) => measure(executions, () => floor.run(executions, IN_FLIGHT)),
    close: () => floor.close(),
  };
}
