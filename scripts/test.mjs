// npm test: every check in order. All of them run, even when one fails.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './ensure-installed.mjs';
import { root, run, runNpm, runTool, secondsSince } from './command.mjs';
import { countReport } from './jest-report.mjs';
import { Tally } from './tally.mjs';

const CHECKS = {
  types: () => runTool('typescript/bin/tsc', ['-p', 'tsconfig.json', '--noEmit']),
  lint: () => runTool('oxlint/bin/oxlint', ['--type-aware', 'apps', 'libs', 'test', 'scripts']),
  format: () => runTool('prettier/bin/prettier.cjs', ['--check', '.']),
  // The chaos and end-to-end suites fork the built output.
  build: () => runNpm(['run', '--silent', 'build']),
  // What turns the tests of faults red must still be there to be broken.
  breakages: () => run(process.execPath, [join(root, 'scripts', 'faults-verify.mjs'), '--list']),
  seeds: () => run(process.execPath, [join(root, 'scripts', 'simulate.mjs'), '--seeds', '2000']),
};

const SUITES = {
  unit: ['libs', 'apps'],
  integration: ['test/integration', 'test/types', 'test/conformance', 'test/architecture'],
  simulation: ['test/simulation'],
  faults: ['test/faults'],
  chaos: ['test/chaos'],
  'end-to-end': ['test/e2e'],
};

const NODE_FLAGS = [
  '--expose-gc',
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
];

const tally = new Tally();
const reports = mkdtempSync(join(tmpdir(), 'workflow-test-'));

const timed = async (name, stage) => {
  console.log(`\n== ${name}`);
  const start = performance.now();
  await stage();
  console.log(`== ${name}: ${secondsSince(start)}`);
};

const runCheck = async (name, check) => tally.check(name, (await check()) === 0);

const runSuite = async (name, folders) => {
  const present = folders.filter((folder) => existsSync(join(root, folder)));
  for (const folder of folders)
    if (!present.includes(folder)) console.log(`${folder} does not exist yet: left out`);
  if (present.length === 0) return;
  const report = join(reports, `${name}.json`);
  const code = await run(process.execPath, [
    ...NODE_FLAGS,
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--ci',
    '--json',
    `--outputFile=${report}`,
    '--maxWorkers=2',
    ...present.flatMap((folder) => ['--roots', join(root, folder)]),
  ]);
  tally.add(countReport(name, report, code));
};

ensureInstalled();
try {
  for (const [name, check] of Object.entries(CHECKS))
    await timed(name, () => runCheck(name, check));
  for (const [name, folders] of Object.entries(SUITES))
    await timed(name, () => runSuite(name, folders));
} finally {
  rmSync(reports, { recursive: true, force: true });
}
tally.finish();
