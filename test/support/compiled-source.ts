import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformSync } from '@swc/core';

const SOURCE = resolve('libs/workflow/src');

/** Compiles the library into a folder, so that a process of its own can run it as it stands now. */
export function compileSource(folder: string): void {
  for (const name of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!/(?<!\.spec|\.d)\.ts$/.test(name)) continue;
    const path = join(folder, name.replace(/ts$/, 'js'));
    mkdirSync(dirname(path), { recursive: true });
    const { code } = transformSync(readFileSync(join(SOURCE, name), 'utf8'), {
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
    writeFileSync(path, code);
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
}
