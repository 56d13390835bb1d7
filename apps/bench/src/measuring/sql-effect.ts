/** What a text of SQL does to the transaction it runs in, one entry per statement. */
export type SqlEffect = 'begin' | 'commit' | 'roll-back' | 'write' | 'read';

const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;

const FIRST_WORDS: readonly (readonly [RegExp, SqlEffect])[] = [
  [/^(begin|start\s+transaction)\b/i, 'begin'],
  [/^(commit|end)\b/i, 'commit'],
  [/^rollback(?!\s+to)\b/i, 'roll-back'],
  [/^(insert|update|delete|merge|truncate|create|drop|alter|replace)\b/i, 'write'],
  [/^with\b[\s\S]*\b(insert\s+into|update\s+\w|delete\s+from|merge\s+into)\b/i, 'write'],
];

const known = new Map<string, readonly SqlEffect[]>();

/** The effects of a text; a text of several statements has several. */
export function effectsOf(sql: string): readonly SqlEffect[] {
  const before = known.get(sql);
  if (before) return before;
  const effects = sql
    .replace(QUOTED, '?')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
    .map((statement) => FIRST_WORDS.find(([words]) => words.test(statement))?.[1] ?? 'read');
  known.set(sql, effects);
  return effects;
}
