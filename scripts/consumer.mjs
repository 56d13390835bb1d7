// npm run test:consumer: packs the library and uses it as a stranger would, in an app of its own.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './ensure-installed.mjs';
import { run, runTool } from './command.mjs';
import { createApp } from './consumer/create-app.mjs';
import { checkOverHttp } from './consumer/http-checks.mjs';
import { faultsOf, packLibrary } from './consumer/pack.mjs';
import { Tally } from './tally.mjs';

const tally = new Tally();
const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'workflow-consumer-')));
const app = join(workspace, 'app');

const succeeds = async (name, exitCode) => tally.check(name, (await exitCode) === 0);

const checkPackage = async () => {
  const { tarball, files } = await packLibrary(workspace);
  const faults = faultsOf(files);
  tally.check('the package holds what it should', faults.length === 0, faults.join(', '));
  await succeeds('publint', runTool('publint/src/cli.js', ['run', '--strict', tarball]));
  await succeeds(
    'are the types wrong',
    runTool('@arethetypeswrong/cli/dist/index.js', [
      tarball,
      '--profile',
      'esm-only',
      '--no-definitely-typed',
    ]),
  );
  return tarball;
};

const checkApp = async (tarball) => {
  const inApp = { cwd: app };
  if (!(await succeeds('the package installs', createApp(app, tarball)))) return;
  const compiler = join('node_modules', 'typescript', 'bin', 'tsc');
  await succeeds('the app compiles', run(process.execPath, [compiler], inApp));
  await succeeds(
    'CommonJS can require the package',
    run(process.execPath, [join('dist', 'commonjs.cjs')], inApp),
  );
  for (const adapter of ['express', 'fastify']) await checkOverHttp(tally, app, adapter);
};

ensureInstalled();
try {
  const built = await succeeds('the library builds', runTool('typescript/bin/tsc', ['-b', 'libs']));
  if (built) await checkApp(await checkPackage());
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
tally.finish();
