import { execFile } from 'node:child_process';
import { describe, expect, it, jest } from '@jest/globals';
import type { ChaosReport } from './harness/report.js';

jest.setTimeout(300_000);

interface Run {
  readonly code: number;
  readonly report: ChaosReport;
}

/** What `npm run chaos` answers. */
const chaos = (...options: readonly string[]): Promise<Run> =>
  new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['scripts/chaos.mjs', ...options, '--json'],
      (error, stdout, stderr) => {
        const code = error?.code ?? 0;
        if (stdout === '') reject(new Error(`The harness broke off (${code}):\n${stderr}`));
        else resolve({ code: Number(code), report: JSON.parse(stdout) as ChaosReport });
      },
    );
  });

const HELD = {
  lost: 0,
  stuck: 0,
  duplicatedTransactional: 0,
  missingTransactional: 0,
  missingPlain: 0,
  workersDiedUnexpectedly: 0,
  integrity: 'ok',
  invariantViolations: 0,
};

const expectAllHeld = ({ code, report }: Run, faults: number, executions = 300): void => {
  expect(report).toMatchObject(HELD);
  expect(code).toBe(0);
  expect(report.completed + report.failed).toBeGreaterThanOrEqual(report.started);
  // Who loses its owner three times in a row is ended for it; nothing else may fail.
  expect(report.failures['POISON'] ?? 0).toBe(report.failed);
  expect(report.started + report.unanswered).toBe(executions);
  expect(Object.values(report.faults).reduce((sum, times) => sum + times, 0)).toBe(faults);
};

describe('F01 F05 workers that die, or sleep too long', () => {
  it('three of them on PostgreSQL lose and double nothing', async () => {
    const options = ['--executions', '300', '--faults', '8', '--lease', '2000', '--seed', '7'];
    expectAllHeld(await chaos('--store', 'postgres', ...options), 8);
  });

  it('F36 the one of a SQLite file loses and doubles nothing', async () => {
    const options = ['--executions', '300', '--faults', '10', '--gap', '800', '--seed', '7'];
    expectAllHeld(await chaos('--store', 'sqlite', ...options), 10);
  });

  it('F04 F16 commits whose answer is lost double nothing, and nothing is missing', async () => {
    const options = ['--executions', '150', '--faults', '20', '--gap', '200', '--seed', '7'];
    const run = await chaos('--kinds', 'commit', ...options);
    expectAllHeld(run, 20, 150);
    expect(run.report.failed).toBe(0);
  });

  it('double transactional effects as soon as the fence is away', async () => {
    const options = ['--executions', '200', '--faults', '6', '--lease', '1500', '--seed', '7'];
    const { code, report } = await chaos(...options, '--unsafe-disable-fencing');
    expect(report.duplicatedTransactional).toBeGreaterThan(0);
    expect(code).toBe(1);
  });
});
