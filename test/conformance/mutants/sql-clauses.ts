import { removing, replacing, textOf, wrapping, type Edit, type Part } from './sql-edit.js';
import { clauseFrom, placesOf, splitBy } from './sql-lists.js';
import { is, type Node } from './sql-tokens.js';

/** An order, each of what it orders by, and the other way round: none at all may come out the same. */
export function orderPartsOf(sql: string, nodes: readonly Node[]): Part[] {
  return placesOf(nodes, 'ORDER').flatMap((place) => {
    const keys = clauseFrom(nodes, place + 2, ['ROWS', 'RANGE']);
    const whole = [...nodes.slice(place, place + 2), ...keys];
    const items = splitBy(keys, ',');
    return [
      { what: textOf(sql, whole), edits: [replacing(whole, '')] },
      { what: `${textOf(sql, whole)}, reversed`, edits: items.map(reversing) },
      ...(items.length > 1
        ? items.map((item, index) => ({
            what: `${textOf(sql, item)} of ORDER BY`,
            edits: [removing(items, index)],
          }))
        : []),
    ];
  });
}

function reversing(key: readonly Node[]): Edit {
  const last = key.slice(-1);
  if (is(last[0], 'DESC')) return replacing(last, 'ASC');
  const end = last[0]?.end ?? 0;
  return { start: end, end, text: ' DESC' };
}

/** More than any table has; the parameter stays where it is. */
const NO_LIMIT = 1_000_000_000;

export const limitPartsOf = (sql: string, nodes: readonly Node[]): Part[] =>
  placesOf(nodes, 'LIMIT').map((place) => {
    const limit = clauseFrom(nodes, place + 1);
    return {
      what: `LIMIT ${textOf(sql, limit)}`,
      edits: wrapping(limit, '(', ` + ${NO_LIMIT})`),
    };
  });

/** From the weakest to the strongest. */
const LOCKS = ['KEY SHARE', 'SHARE', 'NO KEY UPDATE', 'UPDATE'];

/** Locks for which the next weaker and the next stronger of those in use are tried too. */
const NEIGHBOURS: Readonly<Record<string, readonly string[]>> = {
  'KEY SHARE': ['NO KEY UPDATE'],
  'NO KEY UPDATE': ['KEY SHARE', 'UPDATE'],
  UPDATE: ['NO KEY UPDATE'],
};

export function lockPartsOf(sql: string, nodes: readonly Node[]): Part[] {
  return placesOf(nodes, 'FOR').flatMap((place): Part[] => {
    const clause = [nodes[place], ...clauseFrom(nodes, place + 1)].filter((node) => !!node);
    const words = clause.map((node) => textOf(sql, [node]).toUpperCase());
    const length = [3, 2, 1].find((count) => LOCKS.includes(words.slice(1, 1 + count).join(' ')));
    if (length === undefined) return [];
    const mode = clause.slice(1, 1 + length);
    const name = words.slice(1, 1 + length).join(' ');
    const skip = clause.slice(-2);
    return [
      { what: textOf(sql, clause), edits: [replacing(clause, '')] },
      ...(is(skip[0], 'SKIP') ? [{ what: 'SKIP LOCKED', edits: [replacing(skip, '')] }] : []),
      ...(NEIGHBOURS[name] ?? []).map((other) => ({
        what: `FOR ${name}, as ${other}`,
        edits: [replacing(mode, other)],
      })),
    ];
  });
}

/** Words that mean something by themselves. */
export const wordPartsOf = (sql: string, nodes: readonly Node[]): Part[] =>
  nodes.flatMap((node, place) => {
    const previous = nodes[place - 1];
    if (is(node, 'MATERIALIZED')) {
      const words = nodes.slice(is(previous, 'NOT') ? place - 1 : place, place + 1);
      return [{ what: textOf(sql, words), edits: [replacing(words, '')] }];
    }
    if (is(node, 'DISTINCT') && !is(previous, 'IS', 'NOT')) {
      const words = nodes.slice(place, is(nodes[place + 1], 'ON') ? place + 3 : place + 1);
      return [{ what: textOf(sql, words), edits: [replacing(words, '')] }];
    }
    if (is(node, 'LEFT') && is(nodes[place + 1], 'JOIN', 'OUTER')) {
      const words = nodes.slice(place, is(nodes[place + 1], 'OUTER') ? place + 2 : place + 1);
      const table = textOf(sql, nodes.slice(place + 2, place + 4));
      return [{ what: `LEFT of LEFT JOIN ${table}`, edits: [replacing(words, '')] }];
    }
    return [];
  });
