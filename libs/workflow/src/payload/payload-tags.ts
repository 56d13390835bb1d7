/**
 * The stored form of a payload is JSON. What JSON cannot say is an object with a single key, the
 * tag, which begins with `$`:
 *
 * | Value                     | Stored form                                                       |
 * | ------------------------- | ----------------------------------------------------------------- |
 * | `undefined`, a hole       | `{"$u":0}`                                                        |
 * | NaN, Infinity, -0         | `{"$n":"NaN"}`, `"Infinity"`, `"-Infinity"`, `"-0"`               |
 * | BigInt                    | `{"$i":"-42"}`, beyond 256 bits hexadecimal: `{"$i":"-0xf…"}`     |
 * | Date                      | `{"$d":1577836800000}`, an invalid one `{"$d":null}`              |
 * | RegExp                    | `{"$r":["source","flags"]}`                                       |
 * | Buffer                    | `{"$b":"base64"}`                                                 |
 * | other bytes               | `{"$b":"Uint8Array:base64"}`, in the byte order of the machine    |
 * | Set                       | `{"$s":[item, item]}`                                             |
 * | Map                       | `{"$m":[key, value, key, value]}`                                 |
 * | Error                     | `{"$e":{"name","message","stack"?,"code"?,"details"?,"cause"?,"errors"?}}` |
 * | an object whose only key begins with `$`, say `$d` | the key gets one more `$`: `{"$$d":…}`   |
 *
 * An object with two or more keys is never a tag, so its keys are stored as they are.
 */
export const Tag = {
  undefined: '$u',
  number: '$n',
  bigint: '$i',
  date: '$d',
  regexp: '$r',
  bytes: '$b',
  set: '$s',
  map: '$m',
  error: '$e',
} as const;

/** The stored form of `undefined`; shared, since nobody changes it. */
export const UNDEFINED_FORM: object = Object.freeze({ [Tag.undefined]: 0 });

/** No tag is shorter than this, in bytes. */
export const SHORTEST_TAG = '{"$u":0}'.length;

const MARK = '$'.charCodeAt(0);

/** Whether an object with this single key is a tag, or would be taken for one. */
export const isTagKey = (key: string): boolean => key.charCodeAt(0) === MARK;

/** Makes the single key of a plain object look like no tag. */
export const escapeTagKey = (key: string): string => `$${key}`;

/** The key that was escaped, or `undefined` if the key is a tag. */
export const unescapeTagKey = (key: string): string | undefined =>
  key.charCodeAt(1) === MARK ? key.slice(1) : undefined;
