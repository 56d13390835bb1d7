import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { transformSync } from '@swc/core';

const SOURCE = resolve('test/chaos/worker');
const CACHE = resolve('node_modules/.cache/chaos');
const BUILT = resolve('libs/workflow/dist/index.js');

/** The worker, compiled into a folder from which it finds the built library. */
export interface WorkerProgram {
  readonly main: string;
  remove(): void;
}

export function compileWorker(): WorkerProgram {
  if (!existsSync(BUILT)) throw new Error('The library is not built. Fix: npx tsc -b libs');
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'worker-'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of readdirSync(SOURCE)) {
    const { code } = transformSync(readFileSync(join(SOURCE, name), 'utf8'), {
      filename: name,
      swcrc: false,
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
    writeFileSync(join(folder, name.replace(/ts$/, 'js')), code);
  }
  return {
    main: join(folder, 'main.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
