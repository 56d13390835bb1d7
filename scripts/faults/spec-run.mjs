// Runs the tests of one spec that bear a name, and answers how each of them ended.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const MINUTE = 60_000;
const LONGEST_RUN = 6 * MINUTE;

const NODE_FLAGS = [
  '--expose-gc',
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
];

/**
 * @typedef {object} SpecRun
 * @property {string[]} passed full names
 * @property {string[]} failed full names
 * @property {string | undefined} broken why there is no word about single tests
 */

/**
 * @param {import('./source-copy.mjs').SourceCopy} copy
 * @param {string} spec
 * @param {string} pattern of the names
 * @returns {Promise<SpecRun>}
 */
export async function runSpec(copy, spec, pattern) {
  const report = join(copy.temporary, 'report.json');
  rmSync(report, { force: true });
  const ended = await runJest(copy, [
    '--ci',
    '--runInBand',
    '--json',
    `--outputFile=${report}`,
    `--cacheDirectory=${join(copy.folder, '.jest-cache')}`,
    `--testNamePattern=${pattern}`,
    '--runTestsByPath',
    spec,
  ]);
  if (!ended) return { passed: [], failed: [], broken: 'the run did not end' };
  return readReport(report);
}

function readReport(file) {
  let suite;
  try {
    [suite] = JSON.parse(readFileSync(file, 'utf8')).testResults;
  } catch {
    return { passed: [], failed: [], broken: 'jest ended without a report' };
  }
  const named = (status) =>
    suite.assertionResults.filter((test) => test.status === status).map((test) => test.fullName);
  const [passed, failed] = [named('passed'), named('failed')];
  const ran = passed.length + failed.length > 0;
  return { passed, failed, broken: ran ? undefined : firstLine(suite.message) };
}

const firstLine = (message) =>
  message
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('●')) ?? 'no test ran';

/** False when the run had to be ended, with everything it had started. */
function runJest(copy, args) {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [...NODE_FLAGS, join(copy.folder, 'node_modules', 'jest', 'bin', 'jest.js'), ...args],
      {
        cwd: copy.folder,
        stdio: 'ignore',
        detached: true,
        env: { ...process.env, TMPDIR: copy.temporary, TEMP: copy.temporary, TMP: copy.temporary },
      },
    );
    let inTime = true;
    const endAll = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Nothing of it is left.
      }
    };
    const timer = setTimeout(() => {
      inTime = false;
      endAll();
    }, LONGEST_RUN);
    process.once('exit', endAll);
    child.once('error', () => resolve(false));
    child.once('close', () => {
      clearTimeout(timer);
      process.off('exit', endAll);
      endAll();
      resolve(inTime);
    });
  });
}
