// Starts other programs from the root of the repository.
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('..', import.meta.url));

const MINUTE = 60_000;

/**
 * Runs a program to its end and answers its exit code; 1 when it was killed or did not start.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>}
 */
export const run = (program, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: 'inherit',
      timeout: 30 * MINUTE,
      killSignal: 'SIGKILL',
      ...options,
    });
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });

/** Runs an installed tool by its script, which works without a shell on every platform. */
export const runTool = (script, args, options) =>
  run(process.execPath, [join(root, 'node_modules', script), ...args], options);

// npm is a shell script on Windows.
const NPM = { shell: process.platform === 'win32' };

export const runNpm = (args, options) => run('npm', args, { ...NPM, ...options });

/** Runs npm and answers what it printed. */
export const readNpm = async (args, options) =>
  (await promisify(execFile)('npm', args, { cwd: root, ...NPM, ...options })).stdout;

/** Seconds since `start`, as a person reads them. */
export const secondsSince = (start) => `${((performance.now() - start) / 1000).toFixed(1)} s`;
