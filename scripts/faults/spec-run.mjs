// Runs the tests of one spec that bear a name, and answers how each of them ended.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MINUTE = 60_000;
const LONGEST_RUN = 8 * MINUTE;

const NODE_FLAGS = [
  '--expose-gc',
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
];

/**
 * @typedef {object} SpecRun
 * @property {string[]} passed full names
 * @property {string[]} failed full names
 * @property {string | undefined} broken why there may be no word about single tests
 */

/**
 * @param {import('./source-copy.mjs').SourceCopy} copy
 * @param {string} spec
 * @param {string} pattern of the names
 * @param {(failed: string) => boolean} [isEnough] whether a failure says all there is to know
 * @returns {Promise<SpecRun>}
 */
export function runSpec(copy, spec, pattern, isEnough = () => false) {
  const run = { passed: [], failed: [], broken: undefined };
  const child = spawnJest(copy, spec, pattern);
  return new Promise((resolve) => {
    const endAll = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Nothing of it is left.
      }
    };
    const timer = setTimeout(() => {
      run.broken = `the run did not end in ${LONGEST_RUN / MINUTE} minutes`;
      endAll();
    }, LONGEST_RUN);
    process.once('exit', endAll);
    createInterface(child.stdio[3]).on('line', (line) => {
      const { status, name } = JSON.parse(line);
      if (status === 'broken') run.broken = firstLine(name);
      else run[status].push(name);
      if (status === 'failed' && isEnough(name)) endAll();
    });
    child.once('error', (error) => {
      run.broken = error.message;
    });
    child.once('close', () => {
      clearTimeout(timer);
      process.off('exit', endAll);
      // What the tests started and left behind.
      endAll();
      copy.sweep();
      resolve(run);
    });
  });
}

const firstLine = (message) =>
  message
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('●')) ?? 'the suite is broken';

function spawnJest(copy, spec, pattern) {
  const { folder, temporary } = copy;
  return spawn(
    process.execPath,
    [
      ...NODE_FLAGS,
      join(folder, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--ci',
      '--runInBand',
      `--reporters=${join(folder, 'scripts', 'faults', 'results.reporter.mjs')}`,
      `--cacheDirectory=${join(folder, '.jest-cache')}`,
      `--testNamePattern=${pattern}`,
      '--runTestsByPath',
      spec,
    ],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
      // A group of its own, to be ended as one.
      detached: true,
      env: { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    },
  );
}
