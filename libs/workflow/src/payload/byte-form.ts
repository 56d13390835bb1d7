import { types } from 'node:util';

/** Everything that holds bytes of its own. */
export type Bytes = ArrayBuffer | NodeJS.ArrayBufferView;

const BUFFER = 'Buffer';
const ARRAY_BUFFER = 'ArrayBuffer';

type ViewConstructor = new (memory: ArrayBuffer) => NodeJS.ArrayBufferView;

const VIEWS: ReadonlyMap<string, ViewConstructor> = new Map<string, ViewConstructor>([
  ['BigInt64Array', BigInt64Array],
  ['BigUint64Array', BigUint64Array],
  ['DataView', DataView],
  ['Float32Array', Float32Array],
  ['Float64Array', Float64Array],
  ['Int16Array', Int16Array],
  ['Int32Array', Int32Array],
  ['Int8Array', Int8Array],
  ['Uint16Array', Uint16Array],
  ['Uint32Array', Uint32Array],
  ['Uint8Array', Uint8Array],
  ['Uint8ClampedArray', Uint8ClampedArray],
]);

/** Whether a value holds bytes. */
export const isBytes = (value: unknown): value is Bytes =>
  ArrayBuffer.isView(value) || types.isArrayBuffer(value);

/** The kind of bytes, as the stored form names it; `undefined` if this codec does not know it. */
export function bytesName(value: Bytes): string | undefined {
  if (Buffer.isBuffer(value)) return BUFFER;
  if (!ArrayBuffer.isView(value)) return ARRAY_BUFFER;
  // Not the name of the constructor: a subclass is stored as what it extends.
  const name = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return VIEWS.has(name) ? name : undefined;
}

/** Bytes as base64. */
export function bytesToBase64(value: Bytes): string {
  const view = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
  return view.toString('base64');
}

/** The stored form of bytes of a kind {@link bytesName} knows. */
export function bytesToForm(value: Bytes, name: string): string {
  const base64 = bytesToBase64(value);
  return name === BUFFER ? base64 : `${name}:${base64}`;
}

/** The bytes of a stored form; `undefined` if no codec wrote it. */
export function bytesFromForm(form: string): Bytes | undefined {
  const colon = form.indexOf(':');
  const name = colon === -1 ? BUFFER : form.slice(0, colon);
  const pooled = Buffer.from(form.slice(colon + 1), 'base64');
  // Small buffers share their memory with others, which a step must not see through `.buffer`.
  const memory = new ArrayBuffer(pooled.byteLength);
  new Uint8Array(memory).set(pooled);
  if (name === BUFFER) return Buffer.from(memory);
  if (name === ARRAY_BUFFER) return memory;
  const View = VIEWS.get(name);
  return View && new View(memory);
}
