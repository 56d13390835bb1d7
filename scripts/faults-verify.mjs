// npm run faults:verify: breaks a copy of the code in one small way after the other, and reports
// every break that the test it is written beside does not notice.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, secondsSince } from './command.mjs';
import { judgeSpec } from './faults/judge.mjs';
import { mutate, StaleMutant } from './faults/mutation.mjs';
import { readNamedTests } from './faults/named-tests.mjs';
import { countLine, faultLines, lineOf } from './faults/report.mjs';
import { LEFT_ROWS, REQUIRED_ROWS } from './faults/rows.mjs';
import { isLibraryFile, SourceCopy } from './faults/source-copy.mjs';

const USAGE = `npm run faults:verify -- [--only F05,F16] [--list] [--lanes N] [--json]

  --only   rows to verify; all when it is left out
  --list   says what would be done, finds stale changes, and runs nothing
  --lanes  how many copies work at the same time (2)
  --json   one JSON object on stdout`;

const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string' },
        list: { type: 'boolean', default: false },
        lanes: { type: 'string', default: '2' },
        json: { type: 'boolean', default: false },
      },
    });
    const only = values.only?.split(',').map((row) => row.trim());
    const lanes = Number(values.lanes);
    if (only?.some((row) => !/^F\d\d$/.test(row)) || !(lanes >= 1)) throw new Error('bad value');
    return { ...values, only, lanes };
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(2);
  }
};

const options = readOptions();
const say = (line) => (options.json ? console.error(line) : console.log(line));
const start = performance.now();
const wanted = ({ rows }) => !options.only || rows.some((row) => options.only.includes(row));

const { tests, mutants, faults } = readNamedTests(root);
const rowsIn = (found) => new Set(found.flatMap(({ rows }) => rows));
const tested = rowsIn(tests);
const mutated = rowsIn(mutants);
const considered = (row) => wanted({ rows: [row] });

const results = [];
const record = (mutant, verdict) => {
  results.push({ ...mutant, ...verdict });
  say(lineOf({ ...mutant, ...verdict }));
};

/** Why a mutant cannot be applied, or nothing. */
const staleness = ({ file, hunks }) => {
  if (!isLibraryFile(file)) return `${file} is not a file of a library`;
  try {
    mutate(readFileSync(join(root, file), 'utf8'), hunks);
    return undefined;
  } catch (error) {
    if (error instanceof StaleMutant) return `${file}: ${error.message}`;
    throw error;
  }
};

const applicable = [];
for (const mutant of mutants.filter(wanted)) {
  const reason = staleness(mutant);
  if (reason) record(mutant, { verdict: 'stale', reason });
  else applicable.push(mutant);
}

const verify = async () => {
  const workspace = realpathSync(mkdtempSync(join(tmpdir(), 'workflow-faults-')));
  process.once('exit', () =>
    rmSync(workspace, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(signal, () => process.exit(130));

  const mutantsOf = (spec) => applicable.filter((mutant) => mutant.spec === spec);
  const queue = [...new Set(applicable.map(({ spec }) => spec))]
    .map((spec) => [spec, mutantsOf(spec)])
    .sort(([, some], [, others]) => others.length - some.length);
  const work = async (lane) => {
    const copy = new SourceCopy(join(workspace, `lane-${lane}`));
    copy.build();
    for (let next = queue.shift(); next; next = queue.shift())
      await judgeSpec(copy, next[0], next[1], record);
  };
  const lanes = Math.min(options.lanes, queue.length);
  await Promise.all(Array.from({ length: lanes }, (_, lane) => work(lane + 1)));
};

if (options.list)
  for (const { rows, title, file, at } of applicable)
    say(`${rows.join(' ').padEnd(11)} ${file}: "${title}" (${at})`);
else await verify();

const missing = {
  faults,
  rowsWithoutMutant: [...tested].filter((row) => considered(row) && !mutated.has(row)).sort(),
  rowsWithoutTest: REQUIRED_ROWS.filter(
    (row) => considered(row) && !tested.has(row) && !LEFT_ROWS.has(row),
  ),
  leftRows: [...LEFT_ROWS].filter(([row]) => considered(row) && !tested.has(row)),
};
for (const line of faultLines(missing)) say(line);
say(options.list ? `${applicable.length} mutants in ${root}` : countLine(results));
if (!options.list) say(`in ${secondsSince(start)}`);
if (options.json)
  console.log(JSON.stringify({ results, ...missing, ms: performance.now() - start }));

const sound =
  results.every(({ verdict }) => verdict === 'noticed') &&
  [missing.faults, missing.rowsWithoutMutant, missing.rowsWithoutTest].every(
    (found) => found.length === 0,
  );
process.exitCode = sound ? 0 : 1;
