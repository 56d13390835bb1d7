// npm start [-- --once]: builds when needed, then runs the demo's tour with the same arguments.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './ensure-installed.mjs';
import { reasonToBuild } from './build-state.mjs';
import { root, runNpm } from './command.mjs';

ensureInstalled();

const reason = reasonToBuild();
if (reason) {
  console.log(`Building (${reason}).`);
  const code = await runNpm(['run', '--silent', 'build']);
  if (code !== 0) {
    console.error('The build failed; the lines above say why.');
    process.exit(code);
  }
}

const tour = spawn(
  process.execPath,
  [join(root, 'dist', 'apps', 'demo', 'tour.js'), ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tour.kill(signal));
tour.once('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
tour.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
