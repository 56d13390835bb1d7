// Knows whether the built output is as new as its sources. `npm run build` runs this file last.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './command.mjs';

const STAMP = join(root, 'dist', '.built');
const SETTINGS = ['package.json', 'package-lock.json', 'tsconfig.base.json', 'nest-cli.json'];

const foldersIn = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, folder, entry.name));

const newestIn = (path) => {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (!entry || path.endsWith('.spec.ts')) return 0;
  if (!entry.isDirectory()) return entry.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
};

const sources = () => [
  ...SETTINGS.map((name) => join(root, name)),
  ...[...foldersIn('libs'), ...foldersIn('apps')].flatMap((folder) => [
    join(folder, 'src'),
    join(folder, 'package.json'),
    join(folder, 'tsconfig.lib.json'),
    join(folder, 'tsconfig.app.json'),
  ]),
];

const outputs = () => [
  ...foldersIn('apps').map((folder) => join(root, 'dist', 'apps', basename(folder), 'main.js')),
  ...foldersIn('libs').map((folder) => join(folder, 'dist', 'index.js')),
];

/** Why a build is needed, or nothing. */
export function reasonToBuild() {
  const stamp = statSync(STAMP, { throwIfNoEntry: false });
  if (!stamp || !outputs().every((file) => existsSync(file))) return 'nothing is built yet';
  const newest = Math.max(...sources().map(newestIn));
  return newest > stamp.mtimeMs ? 'sources are newer than the last build' : undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, '');
}
