/** A value of a kind that has no durable form. */
export const refusedMessage = (path: string, kind: string): string =>
  `The value at "${path}" is ${kind}, which cannot be stored. Fix: pass plain data in its place.`;

/** A getter, a `toJSON` method or a proxy trap threw. */
export const unreadableMessage = (path: string): string =>
  `The value at "${path}" threw an error while it was read. Fix: see the cause of this error, or pass plain data in its place.`;

/** The stored text is longer than allowed. */
export const tooLargeMessage = (limit: number): string =>
  `The payload has more than ${limit} bytes. Fix: store the bulk elsewhere and pass a reference, or raise limits.payloadBytes.`;

/** Containers within containers, more than allowed. */
export const tooDeepMessage = (path: string, limit: number): string =>
  `The value at "${path}" is nested more than ${limit} levels deep. Fix: flatten it, or store it elsewhere and pass a reference.`;

/** An object or a Map with more keys than allowed. */
export const tooManyKeysMessage = (path: string, limit: number): string =>
  `The value at "${path}" has more than ${limit} keys. Fix: use an array, or store it elsewhere and pass a reference.`;

/** A key that could change the prototype of objects. */
export const forbiddenKeyMessage = (path: string): string =>
  `The key "${path}" could change the prototype of objects. Fix: remove it.`;

/** The stored text was not written by this codec, or was damaged since. */
export const malformedMessage = (reason: string): string =>
  `A stored payload cannot be read: ${reason}. Fix: restore the text as the engine wrote it.`;
