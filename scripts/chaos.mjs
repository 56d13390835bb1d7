// npm run chaos: compiles the harness of test/chaos/harness beside a copy of the built library, and runs it.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import { root } from './command.mjs';

const SOURCE = join(root, 'test');
const LIBRARY = join(root, 'libs', 'workflow');
const CACHE = join(root, 'node_modules', '.cache', 'chaos');

const HARNESS = join('chaos', 'harness');

const filesOf = (folder) =>
  readdirSync(join(SOURCE, folder), { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => name.endsWith('.ts'));

const INVARIANTS = ['engine-rules.ts', 'store-rules.ts', 'violation-view.ts'];

const sources = () => [
  ...filesOf(HARNESS),
  join('chaos', 'support', 'seeded-random.ts'),
  ...INVARIANTS.map((name) => join('support', 'invariants', name)),
];

const compile = (name, folder) => {
  const { code } = transformSync(readFileSync(join(SOURCE, name), 'utf8'), {
    filename: name,
    swcrc: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      keepClassNames: true,
      parser: { syntax: 'typescript', decorators: true },
      transform: {
        legacyDecorator: true,
        decoratorMetadata: true,
        useDefineForClassFields: false,
      },
    },
  });
  const file = join(folder, name.replace(/ts$/, 'js'));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
};

/** A build during the run must not change what runs. */
const copyLibrary = (folder) => {
  if (!existsSync(join(LIBRARY, 'dist', 'index.js'))) {
    console.error('The library is not built. Run: npx tsc -b libs');
    process.exit(2);
  }
  const copy = join(folder, 'node_modules', '@luxgen', 'workflow');
  mkdirSync(copy, { recursive: true });
  for (const name of ['package.json', 'dist']) {
    cpSync(join(LIBRARY, name), join(copy, name), { recursive: true });
  }
};

mkdirSync(CACHE, { recursive: true });
const folder = mkdtempSync(join(CACHE, 'harness-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
// A signal ends the process without its exit listeners, which end the workers.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
copyLibrary(folder);
for (const name of sources()) compile(name, folder);
const { main } = await import(pathToFileURL(join(folder, HARNESS, 'main.js')).href);
process.exit(await main(process.argv.slice(2)));
