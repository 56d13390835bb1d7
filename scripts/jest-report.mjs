import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from './command.mjs';

/** Statuses of tests that did not run: nothing may be skipped, so each counts as failed. */
const NOT_RUN = new Set(['pending', 'skipped', 'todo', 'disabled', 'focused']);

const readReport = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/**
 * Counts what jest's own JSON report holds.
 *
 * @param {string} stage name of the run, for the messages
 * @param {string} file where the report is
 * @param {number} exitCode of jest: a run that failed although all its tests passed is a failure
 */
export function countReport(stage, file, exitCode) {
  const report = readReport(file);
  if (!report) return { passed: 0, failures: [`${stage}: jest ended without a report`] };

  const failures = [];
  for (const suite of report.testResults) {
    const path = relative(root, suite.name);
    const failed = suite.assertionResults.filter((test) => test.status === 'failed');
    const notRun = suite.assertionResults.filter((test) => NOT_RUN.has(test.status));
    for (const test of failed) failures.push(`${path}: ${test.fullName}`);
    for (const test of notRun) {
      console.log(`not run, counts as failed: ${path}: ${test.fullName}`);
      failures.push(`${path}: ${test.fullName} (${test.status})`);
    }
    // A suite that cannot be loaded, or whose last hook fails, has no failed test of its own.
    if (suite.status === 'failed' && failed.length === 0)
      failures.push(`${path}: the suite failed outside its tests`);
  }
  if (report.numTotalTests === 0 && failures.length === 0) failures.push(`${stage}: no tests ran`);
  if (exitCode !== 0 && failures.length === 0)
    failures.push(`${stage}: jest ended with exit code ${exitCode}`);
  return { passed: report.numPassedTests, failures };
}
