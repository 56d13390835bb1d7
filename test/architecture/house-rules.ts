/**
 * The rules of the house as data. A room is a folder of `libs/workflow/src`; the files beside
 * the rooms are the `ROOT`. Values are imported downhill only. A new room gets a line here.
 */
export const ROOT = '(root)';

/** What a room may import besides itself: `room`, or `room/*.port.ts` for its ports alone. */
export interface RoomRule {
  readonly room: string;
  readonly mayImport: readonly string[] | 'anything' | { readonly butNot: readonly string[] };
}

export const ROOM_RULES: readonly RoomRule[] = [
  { room: 'result', mayImport: ['runtime'] },
  { room: 'runtime', mayImport: [] },
  { room: 'payload', mayImport: ['result'] },
  { room: 'definition', mayImport: ['result', 'runtime'] },
  { room: 'context', mayImport: ['result', 'definition', 'payload', 'runtime'] },
  { room: 'decorators', mayImport: ['definition', 'result', 'context'] },
  { room: 'engine', mayImport: ['definition', 'context', 'result', 'payload', 'runtime'] },
  {
    room: 'dispatch',
    mayImport: ['engine', 'definition', 'context', 'result', 'payload', 'runtime'],
  },
  {
    room: 'discovery',
    mayImport: ['decorators', 'definition', 'context', 'engine', 'result', 'payload'],
  },
  {
    room: 'persistence',
    mayImport: [
      'engine/*.port.ts',
      'dispatch/*.port.ts',
      'payload',
      'result',
      'runtime',
      'definition',
    ],
  },
  { room: 'tenancy', mayImport: ['result', 'runtime', 'context', 'engine/*.port.ts'] },
  { room: 'http', mayImport: { butNot: ['persistence'] } },
  { room: ROOT, mayImport: 'anything' },
];

/** Rooms that nobody outside may import, not even by type. */
export const NO_TYPES_FROM: readonly { readonly room: string; readonly but: readonly string[] }[] =
  [{ room: 'http', but: [ROOT] }];

/** Who may import a package at all, by value or by type. `scope/*` stands for every package of it. */
export type PackageRule = { readonly name: string } & (
  { readonly only: readonly string[] } | { readonly never: readonly string[] }
);

export const PACKAGE_RULES: readonly PackageRule[] = [
  { name: 'typeorm', only: ['persistence', 'context', ROOT] },
  { name: '@nestjs/*', never: ['result', 'runtime', 'payload', 'definition', 'engine'] },
];

/**
 * Words that only one room may write: `name` is a global, `.name` a member of anything,
 * `.name(` a call of one. Comments and strings may say what they like.
 */
export interface WordRule {
  readonly word: string;
  readonly only: string;
}

export const WORD_RULES: readonly WordRule[] = [
  { word: '.getRepository', only: 'persistence' },
  { word: '.createQueryBuilder', only: 'persistence' },
  { word: '.query(', only: 'persistence' },
  { word: 'Date.now', only: 'runtime' },
  { word: 'new Date()', only: 'runtime' },
  { word: 'Math.random', only: 'runtime' },
  { word: 'setTimeout', only: 'runtime' },
  { word: 'setInterval', only: 'runtime' },
  { word: 'process.exit', only: 'runtime' },
  { word: 'console', only: 'runtime' },
];
