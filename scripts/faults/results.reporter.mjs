// A reporter of jest that tells how each test ended as soon as it has.
import { writeSync } from 'node:fs';

/** The pipe that `spec-run.mjs` reads. */
const RESULTS = 3;

export default class ResultsReporter {
  onTestCaseResult(_test, { status, fullName }) {
    if (status === 'passed' || status === 'failed') this.#tell({ status, name: fullName });
  }

  onTestResult(_test, { testExecError, failureMessage }) {
    // A suite that cannot be loaded has no tests to tell of.
    if (testExecError) this.#tell({ status: 'broken', name: failureMessage ?? '' });
  }

  #tell(result) {
    writeSync(RESULTS, `${JSON.stringify(result)}\n`);
  }
}
