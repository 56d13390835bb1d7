// What the command says: a line for each mutant, then what is missing, then the counts.

const WORDS = {
  noticed: 'noticed',
  missed: 'NOT NOTICED',
  stale: 'STALE',
};

/** The line of one mutant. */
export function lineOf({ rows, verdict, by, reason, title, at }) {
  const label = rows.join(' ').padEnd(11);
  if (verdict === 'noticed') return `${label} noticed by "${by}"`;
  return `${label} ${WORDS[verdict]}: "${title}" (${at}): ${reason}`;
}

/** Everything that is wrong besides single mutants. */
export function* faultLines({ faults, rowsWithoutMutant, rowsWithoutTest, leftRows }) {
  for (const fault of faults) yield `FAULT ${fault}`;
  for (const row of rowsWithoutMutant) yield `${row} has tests, but no change beside any of them`;
  for (const row of rowsWithoutTest) yield `${row} has no test`;
  for (const [row, reason] of leftRows) yield `${row} is left out: ${reason}`;
}

/** The last line. */
export function countLine(results) {
  const noticed = results.filter(({ verdict }) => verdict === 'noticed').length;
  const stale = results.filter(({ verdict }) => verdict === 'stale').length;
  return (
    `${results.length} mutants, ${noticed} noticed, ${results.length - noticed} not noticed` +
    (stale > 0 ? ` (${stale} of them stale)` : '')
  );
}
