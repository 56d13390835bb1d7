import { replacing, textOf, type Part } from './sql-edit.js';
import { placesOf } from './sql-lists.js';
import { is, type Node } from './sql-tokens.js';

/** What is done instead of an insert that another row forbids. */
export const conflictPartsOf = (sql: string, nodes: readonly Node[]): Part[] =>
  placesOf(nodes, 'CONFLICT').map((place) => {
    const ends = placesOf(nodes, 'NOTHING').filter((end) => end > place);
    const returning = placesOf(nodes, 'RETURNING').find((end) => end > place) ?? nodes.length;
    const clause = nodes.slice(place - 1, ends[0] === undefined ? returning : ends[0] + 1);
    return { what: textOf(sql, clause), edits: [replacing(clause, '')] };
  });

/** Where `ON CONFLICT … DO UPDATE SET` has its SET. */
export const isConflictUpdate = (nodes: readonly Node[], update: number): boolean =>
  is(nodes[update - 1], 'DO');
