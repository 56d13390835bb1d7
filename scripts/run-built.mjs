// Runs a built program of an app with the arguments of this process; builds first when needed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './ensure-installed.mjs';
import { reasonToBuild } from './build-state.mjs';
import { root, runNpm } from './command.mjs';

/**
 * Ends this process as the program ends.
 *
 * @param {string} app name of the folder of the app
 * @param {string} program name of the built file, without its extension
 */
export async function runBuilt(app, program) {
  ensureInstalled();
  await buildWhenNeeded();
  const script = join(root, 'dist', 'apps', app, `${program}.js`);
  const child = spawn(process.execPath, [script, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

async function buildWhenNeeded() {
  const reason = reasonToBuild();
  if (!reason) return;
  // Not on the standard output, which may be data.
  console.error(`Building (${reason}).`);
  const code = await runNpm(['run', '--silent', 'build'], { stdio: ['inherit', 2, 'inherit'] });
  if (code === 0) return;
  console.error('The build failed; the lines above say why.');
  process.exit(code);
}
