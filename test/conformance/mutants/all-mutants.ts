import { readdirSync } from 'node:fs';
import { tableNames, type TableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import { mutantsOf, nameOf, type DialectName, type Mutant } from './mutant.js';

const DIALECTS = '../../../libs/workflow/src/persistence/dialects';

/** Where the statements of a dialect are. */
const STATEMENTS = /statements\.ts$/;

type MakeStatements = (tables: TableNames, longestSilence: number) => object;

/** All statements of a dialect, by name: whatever files there are. */
export async function statementsOf(
  dialect: DialectName,
): Promise<Readonly<Record<string, unknown>>> {
  const folder = new URL(`${DIALECTS}/${dialect}/`, import.meta.url);
  const found: Record<string, unknown> = {};
  for (const file of readdirSync(folder).filter((name) => STATEMENTS.test(name))) {
    const path = `${DIALECTS}/${dialect}/${file.replace(/ts$/, 'js')}`;
    const module = (await import(path)) as Readonly<Record<string, unknown>>;
    for (const make of Object.values(module)) {
      if (typeof make !== 'function') continue;
      const statements = (make as MakeStatements)(tableNames(''), 1_000);
      for (const [name, statement] of Object.entries(statements)) {
        if (name in found) throw new Error(`Two statements are named ${name}.`);
        found[name] = statement;
      }
    }
  }
  return found;
}

/** Every mutant of every statement of a dialect. */
export async function allMutants(dialect: DialectName): Promise<readonly Mutant[]> {
  const mutants = mutantsOf(dialect, await statementsOf(dialect));
  if (new Set(mutants.map(nameOf)).size < mutants.length) throw new Error('Two have one name.');
  return mutants;
}
