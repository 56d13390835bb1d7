import { isConflictUpdate } from './sql-conflicts.js';
import { textOf, wrapping, type Part } from './sql-edit.js';
import { placesOf, splitBy } from './sql-lists.js';
import { is, isGroup, type Node } from './sql-tokens.js';

const ENDS = ['WHERE', 'RETURNING'];

/** Each column that an UPDATE sets: it stays what it was. */
export function assignmentPartsOf(sql: string, nodes: readonly Node[]): Part[] {
  return placesOf(nodes, 'SET').flatMap((place) => {
    const update = placesOf(nodes, 'UPDATE').findLast((index) => index < place);
    if (update === undefined) return [];
    const into = placesOf(nodes, 'INTO')[0] ?? 0;
    // The alias, or the name of the table when it has none.
    const target = isConflictUpdate(nodes, update) ? nodes[into + 1] : nodes[place - 1];
    const assignments = splitBy(listFrom(nodes, place + 1), ',');
    return assignments.map((assignment) => {
      const [column, equals, ...value] = assignment;
      if (!column || isGroup(column) || !is(equals, '=')) {
        throw new Error(`An assignment that is not understood: ${textOf(sql, assignment)}`);
      }
      const before = `${textOf(sql, target ? [target] : [])}.${textOf(sql, [column])}`;
      return {
        what: `SET ${textOf(sql, assignment)}`,
        edits: wrapping(value, `CASE WHEN TRUE THEN ${before} ELSE `, ' END'),
      };
    });
  });
}

function listFrom(nodes: readonly Node[], from: number): readonly Node[] {
  let to = from;
  const ends = (index: number): boolean =>
    is(nodes[index], ...ENDS) || (is(nodes[index], 'FROM') && !is(nodes[index - 1], 'DISTINCT'));
  while (to < nodes.length && !ends(to)) to += 1;
  return nodes.slice(from, to);
}
