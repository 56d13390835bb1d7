// Imports TypeScript of this repository without building it.
import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../command.mjs';

const LIBRARY = { '@luxgen/workflow': 'libs/workflow/src/index.ts' };

/**
 * @param {string} path of a file below the root
 * @param {{ aliases?: Record<string, string>, wrap?: { pattern: string, by: string, name: string } }} [options]
 *   `aliases`: modules by name and the files that stand in for them. `wrap`: files whose exported
 *   functions answer through a function of another file, which is told the first group of the pattern.
 */
export const importTypeScript = (path, { aliases = {}, wrap } = {}) => {
  register('./hooks.mjs', {
    parentURL: import.meta.url,
    data: { aliases: { ...LIBRARY, ...aliases }, wrap },
  });
  return import(pathToFileURL(join(root, path)).href);
};
