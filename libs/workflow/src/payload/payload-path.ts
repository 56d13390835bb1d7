/**
 * A step from a value to one inside it: a key, an index, or the place in an entry of a Map
 * (`[3, 0]` is the key of the fourth entry, `[3, 1]` its value).
 */
export type PathSegment = string | number | readonly [entry: number, part: 0 | 1];

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

// Paths end up in messages and responses, and a key can be as long as a payload.
const LONGEST_KEY = 60;

/** Writes a path the way a person would: `$.a[3].cb`. */
export function renderPath(segments: readonly PathSegment[]): string {
  return `$${segments.map(renderSegment).join('')}`;
}

function renderSegment(segment: PathSegment): string {
  if (typeof segment === 'number') return `[${segment}]`;
  if (typeof segment !== 'string') return `[${segment[0]}][${segment[1]}]`;
  const key = segment.length > LONGEST_KEY ? `${segment.slice(0, LONGEST_KEY)}…` : segment;
  return IDENTIFIER.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
