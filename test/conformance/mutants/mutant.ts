import { partsOf } from './sql-parts.js';
import { withEdits } from './sql-edit.js';

export type DialectName = 'postgres' | 'sqlite';

/** A statement of which one part is left away. */
export interface Mutant {
  readonly dialect: DialectName;
  readonly statement: string;
  readonly what: string;
}

export const nameOf = ({ dialect, statement, what }: Mutant): string =>
  `${dialect} ${statement}: ${what}`;

/** A statement that is put together when it is asked for: which part has which parameter varies. */
type Builder = (...given: readonly unknown[]) => unknown;

interface Built {
  readonly sql: string;
}

export const isBuilt = (value: unknown): value is Built =>
  typeof value === 'object' && value !== null && typeof (value as Built).sql === 'string';

const anyParameter = (what: string): string => what.replace(/[$?]\d+/g, '?');

/** Filters with which every part of a list is asked for at least once. */
const FILTERS = ['pending', 'failed', undefined].flatMap((status) =>
  [{}, { workflowId: 'order', from: 1, to: 2, after: 'a' }].map((filter) => ({
    tenantId: 'acme',
    limit: 1,
    status,
    ...filter,
  })),
);

/** A mutant for every part of every statement there is. */
export function mutantsOf(dialect: DialectName, statements: object): Mutant[] {
  return Object.entries(statements).flatMap(([statement, value]: [string, unknown]) =>
    partNamesOf(value).map((what) => ({ dialect, statement, what })),
  );
}

function partNamesOf(value: unknown): string[] {
  if (typeof value === 'string') return partsOf(value).map(({ what }) => what);
  if (typeof value !== 'function') return [];
  const built = FILTERS.map((filter) => (value as Builder)(filter)).filter(isBuilt);
  return [
    ...new Set(built.flatMap(({ sql }) => partsOf(sql, anyParameter).map(({ what }) => what))),
  ];
}

const written = new Map<string, string>();

/** The text of a statement as the mutant has it. */
export function mutatedText(
  mutant: Mutant,
  sql: string,
  name: (what: string) => string = (what) => what,
): string {
  const key = `${mutant.what}\n${sql}`;
  const known = written.get(key);
  if (known !== undefined) return known;
  const part = partsOf(sql, name).find(({ what }) => what === mutant.what);
  const text = part ? withEdits(sql, part.edits) : sql;
  written.set(key, text);
  return text;
}

/** All texts that the mutant makes of a statement. */
export function mutatedTexts(mutant: Mutant, value: unknown): string[] {
  if (typeof value === 'string') return [mutatedText(mutant, value)];
  if (typeof value !== 'function') return [];
  return FILTERS.map((filter) => (value as Builder)(filter)).flatMap((answer) =>
    isBuilt(answer) ? [mutatedText(mutant, answer.sql, anyParameter)] : [],
  );
}

/** What a member of the statements is with the mutant in it. */
export function mutatedMember(mutant: Mutant, value: unknown): unknown {
  if (typeof value === 'string') return mutatedText(mutant, value);
  if (typeof value !== 'function') return value;
  return (...given: readonly unknown[]) => {
    const answer = (value as Builder)(...given);
    return isBuilt(answer)
      ? { ...answer, sql: mutatedText(mutant, answer.sql, anyParameter) }
      : answer;
  };
}
