import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DemoClient } from './tour/demo-client.js';
import { InterruptedError, Interruption } from './tour/interruption.js';
import { invitation } from './tour/invitation.js';
import { Narrator } from './tour/narrator.js';
import { paintFor } from './tour/palette.js';
import { play } from './tour/programme.js';
import { ServerUnderTour } from './tour/server-under-tour.js';
import { createTourFolder, removeTourFolder } from './tour/tour-folder.js';

const LONGEST_TOUR = 90_000;
const SERVER = fileURLToPath(new URL('main.js', import.meta.url));

const { once } = parseArgs({ options: { once: { type: 'boolean', default: false } } }).values;
const narrator = new Narrator(process.stdout, paintFor(process.stdout, process.env));
const interruption = new Interruption();
const databaseFolder = await createTourFolder('.luxgen');
const server = new ServerUnderTour({
  script: SERVER,
  database: join(databaseFolder, 'demo.sqlite'),
  port: Number(process.env['PORT'] ?? 0),
});
const client = new DemoClient(() => server.running.url, narrator);

async function keepServing(): Promise<void> {
  narrator.line(`\n${invitation(server.running.url)}`);
  const end = await Promise.race([server.running.ended, interruption.happened]);
  if (end) throw new Error(`The server ended unexpectedly (${end}).\n${server.running.log}`);
}

try {
  await interruption.orTimeout(LONGEST_TOUR, play({ server, client, narrator, databaseFolder }));
  if (!narrator.allPassed) process.exitCode = 1;
  else if (!once) await keepServing();
} catch (error) {
  process.exitCode = error instanceof InterruptedError ? 130 : 1;
  narrator.problem(error instanceof Error ? error.message : String(error));
} finally {
  await server.close();
  await removeTourFolder(databaseFolder);
}
