/** Counts checks, and keeps what failed for the end, where it is looked for. */
export class Tally {
  passed = 0;
  /** @type {string[]} */
  failures = [];

  /** Counts one check and prints its line. */
  check(name, ok, detail = '') {
    console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}${ok || !detail ? '' : `: ${detail}`}`);
    if (ok) this.passed += 1;
    else this.failures.push(detail ? `${name}: ${detail}` : name);
    return ok;
  }

  /** Adds the counts of a whole run. */
  add({ passed, failures }) {
    this.passed += passed;
    this.failures.push(...failures);
  }

  /** Lists the failures, prints the counts as the last line and sets the exit code. */
  finish() {
    if (this.failures.length > 0) {
      console.log('\nFailed:');
      for (const failure of this.failures) console.log(`- ${failure}`);
      process.exitCode = 1;
    }
    console.log(`${this.passed} passed, ${this.failures.length} failed`);
  }
}
