import type { DemoClient } from './demo-client.js';
import type { Narrator } from './narrator.js';
import type { ServerUnderTour } from './server-under-tour.js';

/** What a scene plays with. */
export interface Stage {
  readonly server: ServerUnderTour;
  readonly client: DemoClient;
  readonly narrator: Narrator;
  /** Folder of the database's files. */
  readonly databaseFolder: string;
}

export type Scene = (stage: Stage) => Promise<void>;
