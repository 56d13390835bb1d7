import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ERROR_CATALOGUE } from './error-catalogue.js';

const SOURCES = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Everything the library says, but for the catalogue itself and tests. */
const source = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
  .filter((path) => !path.endsWith('error-catalogue.ts'))
  .map((path) => readFileSync(join(SOURCES, path), 'utf8'))
  .join('\n');

describe('the error catalogue', () => {
  const entries = Object.entries(ERROR_CATALOGUE);

  it.each(entries)('%s says what it means, why, and what to do', (code, entry) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.status).toBeLessThan(600);
    for (const text of [entry.title, entry.cause, entry.fix]) expect(text).not.toBe('');
  });

  it('has no code that nothing produces', () => {
    expect(entries.map(([code]) => code).filter((code) => !source.includes(`'${code}'`))).toEqual(
      [],
    );
  });

  it('has every code that is thrown', () => {
    const thrown = [...source.matchAll(/new WorkflowException\(\s*'([A-Z_]+)'/g)].map(
      ([, code]) => code,
    );
    expect(thrown.length).toBeGreaterThan(20);
    expect(thrown.filter((code) => !Object.hasOwn(ERROR_CATALOGUE, String(code)))).toEqual([]);
  });
});
