// Finds the tests that are named after a row of the fault catalogue, and the changes written beside them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const FOLDERS = ['libs', 'apps', 'test'];
const NOT_OURS = /(^|[\\/])(node_modules|dist)([\\/]|$)/;
const SPEC = /\.(spec|e2e-spec)\.ts$/;

const TITLE = /(['"`])((?:F\d\d )+(?:\\.|(?!\1)[^\\\n])+)\1/;
const IMPORT = /from '(\.{1,2}\/[^']+)\.js'/g;
const PLACEHOLDER = /%[sdifjoOp#%]|\$\{[^}]*\}|\$\w+(?:\.\w+)*/;

const RED_WHEN = /^\s*\/\/ Red when: (\S+)\s*$/;
const CHANGED_LINE = /^\s*\/\/ {3}([-+])(?: (.*))?$/;
const INDENTED_COMMENT = /^\s*\/\/ {2,}\S/;

/**
 * @typedef {object} Hunk
 * @property {string} old text that is found once in the file
 * @property {string} new what takes its place
 *
 * @typedef {object} Mutant a small change of the code that turns a test red
 * @property {string} file
 * @property {Hunk[]} hunks
 * @property {string} at where it is written
 * @property {string[]} rows
 * @property {string} title
 * @property {string} spec
 *
 * @typedef {object} NamedTest
 * @property {string[]} rows
 * @property {string} title
 * @property {string} at
 */

/**
 * Reads all named tests and all mutants beneath a folder.
 *
 * @param {string} root
 * @returns {{ tests: NamedTest[], mutants: Mutant[], faults: string[] }}
 */
export function readNamedTests(root) {
  const files = FOLDERS.flatMap((folder) => sourcesIn(root, folder));
  const specsOf = specFinder(root, files);
  const found = { tests: [], mutants: [], faults: [] };
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    if (!TITLE.test(text) && !text.includes('// Red when:')) continue;
    readFile(file, text.split('\n'), specsOf(file), found);
  }
  return found;
}

function sourcesIn(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.ts') && !NOT_OURS.test(name))
    .sort();
}

function readFile(file, lines, specs, found) {
  let waiting = [];
  for (let index = 0; index < lines.length; index += 1) {
    const at = `${file}:${index + 1}`;
    const header = RED_WHEN.exec(lines[index]);
    if (header) {
      const { hunks, end } = readHunks(lines, index + 1);
      if (hunks.length === 0) found.faults.push(`${at} says what it changes, but not how`);
      else waiting.push({ file: header[1], hunks, at });
      if (INDENTED_COMMENT.test(lines[end] ?? ''))
        found.faults.push(`${file}:${end + 1} is a line of a change that has neither - nor +`);
      index = end - 1;
      continue;
    }
    const title = TITLE.exec(lines[index])?.[2];
    if (title === undefined) continue;
    const test = { rows: rowsOf(title), title, at };
    found.tests.push(test);
    if (specs.length === 0) found.faults.push(`${at} is named after a row, but no spec runs it`);
    else
      for (const mutant of waiting)
        found.mutants.push({ ...mutant, rows: test.rows, title, spec: specs[0] });
    waiting = [];
  }
  for (const { at } of waiting) found.faults.push(`${at} stands above no named test`);
}

function readHunks(lines, start) {
  const hunks = [];
  let end = start;
  let last = '+';
  for (; end < lines.length; end += 1) {
    const line = CHANGED_LINE.exec(lines[end]);
    if (!line) break;
    const [, sign, text = ''] = line;
    if (sign === '-' && last === '+') hunks.push({ old: '', new: '' });
    const hunk = hunks.at(-1);
    if (!hunk) break;
    hunk[sign === '-' ? 'old' : 'new'] += `${text}\n`;
    last = sign;
  }
  return { hunks, end };
}

const rowsOf = (title) =>
  title
    .match(/^(?:F\d\d )+/)[0]
    .trim()
    .split(' ');

/** What jest is asked to run for a title: its placeholders stand for anything. */
export const patternOf = (title) =>
  title
    .replaceAll(/\\(.)/g, '$1')
    .split(PLACEHOLDER)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');

/** Which specs run the tests that a file declares: itself, or those that import it. */
function specFinder(root, files) {
  const imports = new Map(files.map((file) => [file, importsOf(root, file)]));
  const reaches = (from, target, seen = new Set()) => {
    if (from === target) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (imports.get(from) ?? []).some((next) => reaches(next, target, seen));
  };
  const specs = files.filter((file) => SPEC.test(file));
  return (file) => specs.filter((spec) => reaches(spec, file));
}

function importsOf(root, file) {
  const folder = resolve(root, dirname(file));
  return [...readFileSync(join(root, file), 'utf8').matchAll(IMPORT)].map(([, path]) =>
    relative(root, resolve(folder, `${path}.ts`)),
  );
}
