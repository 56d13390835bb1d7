import {
  NO_TYPES_FROM,
  PACKAGE_RULES,
  type PackageRule,
  ROOM_RULES,
  type RoomRule,
  WORD_RULES,
} from './house-rules.js';
import { type InnerImport, type ModuleGraph, roomOf } from './module-graph.js';

/** Imports of values that run uphill, and rooms that the table does not know. */
export function findUphillImports(graph: ModuleGraph): string[] {
  const rules = new Map(ROOM_RULES.map((rule) => [rule.room, rule]));
  const unknown = [...new Set([...graph.files.keys()].map(roomOf))]
    .filter((room) => !rules.has(room))
    .map((room) => `room "${room}" has no line in ROOM_RULES of house-rules.ts`);
  const uphill = graph.inner
    .filter((found) => !found.typeOnly && roomOf(found.from) !== roomOf(found.to))
    .filter((found) => {
      const rule = rules.get(roomOf(found.from));
      return rule !== undefined && !isAllowed(rule, found.to);
    })
    .map((found) => `${at(found)} imports ${found.to}: "${roomOf(found.from)}" may not`);
  return [...unknown, ...uphill];
}

const isAllowed = ({ mayImport }: RoomRule, target: string): boolean => {
  const room = roomOf(target);
  if (mayImport === 'anything') return true;
  if ('butNot' in mayImport) return !mayImport.butNot.includes(room);
  if (mayImport.includes(room)) return true;
  return target.endsWith('.port.ts') && mayImport.includes(`${room}/*.port.ts`);
};

/** Imports of types from a room that nobody may know. */
export const findForbiddenTypes = (graph: ModuleGraph): string[] =>
  NO_TYPES_FROM.flatMap(({ room, but }) =>
    graph.inner
      .filter((found) => found.typeOnly && roomOf(found.to) === room)
      .filter((found) => roomOf(found.from) !== room && !but.includes(roomOf(found.from)))
      .map((found) => `${at(found)} imports a type of ${found.to}: nobody may look into "${room}"`),
  );

/** Packages where they may not be. */
export const findMisplacedPackages = (graph: ModuleGraph): string[] =>
  graph.outer
    .filter((found) =>
      PACKAGE_RULES.some(
        (rule) => isOf(rule.name, found.specifier) && !mayUse(rule, roomOf(found.from)),
      ),
    )
    .map((found) => `${at(found)} imports "${found.specifier}": "${roomOf(found.from)}" may not`);

const mayUse = (rule: PackageRule, room: string): boolean =>
  'only' in rule ? rule.only.includes(room) : !rule.never.includes(room);

const isOf = (name: string, specifier: string): boolean => {
  if (name.endsWith('/*')) return specifier.startsWith(name.slice(0, -1));
  return specifier === name || specifier.startsWith(`${name}/`);
};

/** Imports of a file inside a peer instead of its door. */
export const findDeepImports = (graph: ModuleGraph, peers: readonly string[]): string[] =>
  graph.outer
    .filter(({ specifier }) => peers.some((peer) => specifier.startsWith(`${peer}/`)))
    .map(
      (found) => `${at(found)} imports "${found.specifier}": only a peer's root may be imported`,
    );

/** Words outside the one room that may write them. */
export function findForbiddenWords(graph: ModuleGraph): string[] {
  const owners = new Map(WORD_RULES.map((rule) => [rule.word, rule.only]));
  return [...graph.files].flatMap(([path, facts]) =>
    facts.words
      .filter(({ word }) => owners.has(word) && owners.get(word) !== roomOf(path))
      .map(({ line, word }) => `${path}:${line} says "${word}": only "${owners.get(word)}" may`),
  );
}

/** Relative imports that lead nowhere. */
export const findLostImports = (graph: ModuleGraph): string[] =>
  graph.lost.map((found) => `${at(found)} imports "${found.specifier}", which is no file of src`);

const at = (found: Pick<InnerImport, 'from' | 'line'>): string => `${found.from}:${found.line}`;
