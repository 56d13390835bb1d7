// A copy of the sources that may be changed while the sources themselves stay as they are.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { transformSync } from '@swc/core';
import { root } from '../command.mjs';
import { mutate } from './mutation.mjs';

const COPIED = ['libs', 'apps', 'test', 'scripts'];
const LEFT = /(^|[\\/])(node_modules|dist|\.luxgen)$|\.tsbuildinfo$/;

export class SourceCopy {
  /** @param {string} folder that does not exist yet */
  constructor(folder) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    for (const name of COPIED)
      cpSync(join(root, name), join(folder, name), {
        recursive: true,
        filter: (source) => !LEFT.test(source),
      });
    for (const name of readdirSync(root))
      if (/\.(json|jsonc)$/.test(name)) cpSync(join(root, name), join(folder, name));
    this.#linkModules();
    this.#makeTemporaryFolder();
  }

  /** Where the runs in this copy leave their files, a database server's among them. */
  get temporary() {
    return join(this.folder, '.tmp');
  }

  /** Removes what a run has left: a server that is ended with its tests leaves its data. */
  sweep() {
    for (const name of readdirSync(this.temporary))
      rmSync(join(this.temporary, name), {
        recursive: true,
        force: true,
        maxRetries: 5,
        retryDelay: 200,
      });
  }

  /** Compiles what the suites fork: the libraries, as the tests compile them. */
  build() {
    for (const library of this.#libraries()) {
      const source = join('libs', library, 'src');
      for (const name of readdirSync(join(this.folder, source), { recursive: true }))
        if (/(?<!\.spec|\.d)\.ts$/.test(name)) this.#compile(join(source, name));
    }
  }

  /** Applies a mutant and answers how it is taken back. */
  apply({ file, hunks }) {
    const path = join(this.folder, file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, mutate(original, hunks));
    this.#recompile(file);
    return () => {
      writeFileSync(path, original);
      this.#recompile(file);
    };
  }

  #libraries() {
    return readdirSync(join(this.folder, 'libs'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  }

  #recompile(file) {
    if (existsSync(join(this.folder, builtFile(file)))) this.#compile(file);
  }

  #compile(file) {
    const built = join(this.folder, builtFile(file));
    mkdirSync(dirname(built), { recursive: true });
    const { code } = transformSync(readFileSync(join(this.folder, file), 'utf8'), {
      filename: file,
      ...compilerOptions(this.folder),
    });
    writeFileSync(built, code);
  }

  /** Packages are linked one by one, so that those of this repository are the copied ones. */
  #linkModules() {
    const installed = join(root, 'node_modules');
    const modules = join(this.folder, 'node_modules');
    mkdirSync(modules);
    for (const name of readdirSync(installed)) {
      if (name === '.cache' || name === '@luxgen') continue;
      symlinkSync(join(installed, name), join(modules, name), 'junction');
    }
    mkdirSync(join(modules, '@luxgen'));
    for (const name of this.#libraries())
      symlinkSync(join(this.folder, 'libs', name), join(modules, '@luxgen', name), 'junction');
  }

  #makeTemporaryFolder() {
    mkdirSync(this.temporary);
    // A database server that runs as a user of its own must find its files in there.
    for (const folder of [this.folder, dirname(this.folder)]) chmodSync(folder, 0o755);
    chmodSync(this.temporary, 0o1777);
  }
}

const builtFile = (file) =>
  file.replace(/^(libs[\\/][^\\/]+[\\/])src([\\/].*)\.ts$/, '$1dist$2.js');

const compilerOptions = (folder) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).jest.transform['^.+\\.ts$'][1];

/** Whether a path stays inside the libraries, the only code that mutants change. */
export const isLibraryFile = (file) => {
  const path = relative(resolve(root, 'libs'), resolve(root, file));
  return !path.startsWith('..') && existsSync(resolve(root, file));
};
