import { join } from 'node:path';
import { readNpm, root } from '../command.mjs';

const UNWANTED = /\.spec\.|\.tsbuildinfo$|^src\//;

/** Packs the built library; answers the tarball and the names of the files in it. */
export async function packLibrary(folder) {
  const printed = await readNpm(['pack', '--json', '--pack-destination', folder], {
    cwd: join(root, 'libs', 'workflow'),
  });
  const [packed] = JSON.parse(printed);
  return {
    tarball: join(folder, packed.filename),
    files: packed.files.map((file) => file.path),
  };
}

/** What a user of the package would miss in it, or would not want. */
export const faultsOf = (files) => [
  ...['package.json', 'LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']
    .filter((name) => !files.includes(name))
    .map((name) => `${name} is missing`),
  ...files.filter((name) => UNWANTED.test(name)).map((name) => `${name} does not belong in it`),
];
