import { types } from 'node:util';
import type { ErrorCode } from '../result/error-catalogue.js';
import { WorkflowException, type WorkflowExceptionOptions } from '../result/workflow.exception.js';
import { bigintToForm } from './bigint-form.js';
import { type Bytes, bytesName, bytesToForm, isBytes } from './byte-form.js';
import { errorToForm, isAggregateError, isError } from './error-form.js';
import { isForbiddenKey } from './forbidden-key.js';
import type { PayloadLimits } from './payload-limits.js';
import { type PathSegment, renderPath } from './payload-path.js';
import { escapeTagKey, isTagKey, SHORTEST_TAG, Tag, UNDEFINED_FORM } from './payload-tags.js';
import {
  forbiddenKeyMessage,
  refusedMessage,
  tooDeepMessage,
  tooLargeMessage,
  tooManyKeysMessage,
  unreadableMessage,
} from './payload.messages.js';
import { refusedKind } from './refused-kind.js';

const LONGEST_CAUSE_CHAIN = 5;

type PlainObject = Record<string, unknown>;

/**
 * One walk over one value. It returns the value itself where JSON can say it, and copies only the
 * containers on the way to something that needs a tag. Instances and proxies are always copied:
 * their code runs once, and cannot show the walk one value and `JSON.stringify` another. The getter
 * of an object literal is read by both; to look for one would cost every payload a third more time.
 *
 * An encoder serves one value: a `toJSON` method may itself encode.
 */
export class PayloadEncoder {
  // Only the first `depth` entries of both are of now; the rest is left over from deeper places.
  private readonly path: PathSegment[] = [];
  private readonly ancestors: object[] = [];
  private depth = 0;
  /** Never more than the text will have, so that a refusal can come before the text exists. */
  private bytes = 0;
  private causes = 0;
  private verdict?: WorkflowException;

  constructor(private readonly limits: PayloadLimits) {}

  /** The stored form of a value. Throws only exceptions of the catalogue. */
  encode(value: unknown): string {
    try {
      const form = this.walk(value);
      this.depth = 0;
      const text = JSON.stringify(form);
      this.measure(text);
      return text;
    } catch (error) {
      // An exception of the catalogue may as well come from the user's getter: compare by identity.
      if (this.verdict !== undefined && error === this.verdict) throw error;
      const path = this.where();
      throw new WorkflowException('SERIALIZATION_FAILED', unreadableMessage(path), {
        details: { path },
        cause: error,
      });
    }
  }

  private walk(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        this.count(value.length + 2);
        return value;
      case 'number':
        if (!Number.isFinite(value) || Object.is(value, -0)) {
          return this.tag(Tag.number, Object.is(value, -0) ? '-0' : String(value));
        }
        this.count(1);
        return value;
      case 'boolean':
        this.count(4);
        return value;
      case 'undefined':
        this.count(SHORTEST_TAG);
        return UNDEFINED_FORM;
      case 'bigint':
        return this.text(Tag.bigint, bigintToForm(value));
      case 'object':
        if (value === null) {
          this.count(4);
          return value;
        }
        return this.object(value, false);
      default:
        throw this.refused(typeof value === 'function' ? 'a function' : 'a symbol');
    }
  }

  /** @param replaced the value is what a `toJSON` method returned, so its own is not called */
  private object(value: object, replaced: boolean): unknown {
    const { depth, ancestors } = this;
    for (let i = 0; i < depth; i++) {
      if (ancestors[i] === value) throw this.refused('a circular reference');
    }
    if (depth >= this.limits.depth) throw this.tooDeep();
    // What a toJSON method returns is often made for the occasion; its maker closes the circle.
    if (!replaced) ancestors[depth] = value;
    if (!types.isProxy(value) && typeof (value as PlainObject).toJSON !== 'function') {
      if (Array.isArray(value)) return this.array(value, false);
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Object.prototype || prototype === null) {
        return this.record(value as PlainObject, false);
      }
    }
    return this.special(value, replaced);
  }

  /** @param copied `JSON.stringify` must not see the array itself */
  private array(value: readonly unknown[], copied: boolean): unknown {
    const { depth } = this;
    this.count(value.length + 1);
    let copy: unknown[] | undefined = copied ? [] : undefined;
    for (let i = 0; i < value.length; i++) {
      this.enter(depth, i);
      const item = value[i];
      const form = this.walk(item);
      if (copy === undefined) {
        if (form === item) continue;
        copy = [];
        // Not slice(): it would make an instance of a subclass.
        for (let j = 0; j < i; j++) copy.push(value[j]);
      }
      copy.push(form);
    }
    return copy ?? value;
  }

  /** @param copied `JSON.stringify` must not see the object itself */
  private record(value: PlainObject, copied: boolean): unknown {
    const { depth } = this;
    const keys = Object.keys(value);
    if (keys.length > this.limits.keys) throw this.tooManyKeys();
    this.count(keys.length + 1);
    let copy: PlainObject | undefined = copied ? {} : undefined;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      this.enter(depth, key);
      this.count(key.length + 3);
      const item = value[key];
      if (typeof item === 'function') {
        // JSON leaves the method out of what the method returned.
        if (copied && key === 'toJSON') continue;
        if (key === 'then') throw this.refused('a thenable', depth);
      }
      if (isForbiddenKey(key, item)) throw this.forbiddenKey(depth);
      const form = this.walk(item);
      if (form !== item && isForbiddenKey(key, form)) throw this.forbiddenKey(depth);
      if (copy === undefined) {
        if (form === item) continue;
        copy = {};
        for (let j = 0; j < i; j++) copy[keys[j]] = value[keys[j]];
      }
      copy[key] = form;
    }
    const result = copy ?? value;
    const names = copied ? Object.keys(result) : keys;
    if (names.length === 1 && isTagKey(names[0])) {
      return { [escapeTagKey(names[0])]: result[names[0]] };
    }
    return result;
  }

  private special(value: object, replaced: boolean): unknown {
    const kind = refusedKind(value);
    if (kind !== undefined) throw this.refused(kind);
    if (types.isDate(value)) {
      // JSON says null for the NaN of an invalid date.
      return this.tag(Tag.date, Date.prototype.getTime.call(value));
    }
    if (types.isMap(value)) return this.map(value);
    if (types.isSet(value)) return this.set(value);
    if (isBytes(value)) return this.binary(value);
    if (types.isRegExp(value)) {
      this.count(value.source.length);
      return this.tag(Tag.regexp, [value.source, value.flags]);
    }
    if (isError(value)) return this.error(value);
    if (types.isBoxedPrimitive(value)) return this.walk(unbox(value));
    if (!replaced) {
      const { toJSON } = value as { toJSON?: unknown };
      if (typeof toJSON === 'function') return this.replacement(value, toJSON);
    }
    if (Array.isArray(value)) return this.array(value, true);
    return this.record(value as PlainObject, true);
  }

  private replacement(value: object, toJSON: Function): unknown {
    const key = this.depth === 0 ? '' : this.path[this.depth - 1];
    const result: unknown = Reflect.apply(toJSON, value, [String(key)]);
    return typeof result === 'object' && result !== null
      ? this.object(result, true)
      : this.walk(result);
  }

  private map(value: ReadonlyMap<unknown, unknown>): unknown {
    const { depth } = this;
    const list: unknown[] = [];
    let index = 0;
    // A subclass may override everything of a Map but its contents.
    Map.prototype.forEach.call(value, (item, key) => {
      if (index >= this.limits.keys) throw this.tooManyKeys(depth);
      this.enter(depth, [index, 0]);
      list.push(this.walk(key));
      this.enter(depth, [index, 1]);
      list.push(this.walk(item));
      index++;
    });
    return this.tag(Tag.map, list);
  }

  private set(value: ReadonlySet<unknown>): unknown {
    const { depth } = this;
    const list: unknown[] = [];
    Set.prototype.forEach.call(value, (item) => {
      this.enter(depth, list.length);
      list.push(this.walk(item));
    });
    return this.tag(Tag.set, list);
  }

  private binary(value: Bytes): unknown {
    const name = bytesName(value);
    if (name === undefined) throw this.refused('an array of an unknown kind');
    // Four characters of base64 for three bytes: known before they are written.
    this.count(Math.ceil(value.byteLength / 3) * 4);
    return this.tag(Tag.bytes, bytesToForm(value, name));
  }

  private error(value: Error): unknown {
    const { depth } = this;
    const form = errorToForm(value);
    this.count(form.name.length + form.message.length);
    this.count((form.stack?.length ?? 0) + (form.code?.length ?? 0));
    if (Object.hasOwn(value, 'details')) {
      this.enter(depth, 'details');
      form.details = this.walk((value as { details?: unknown }).details);
    }
    if (Object.hasOwn(value, 'cause') && this.causes < LONGEST_CAUSE_CHAIN) {
      this.enter(depth, 'cause');
      const { cause } = value;
      if (!this.encloses(depth, cause)) {
        this.causes++;
        form.cause = this.walk(cause);
        this.causes--;
      }
    }
    this.enter(depth, 'errors');
    if (isAggregateError(value)) {
      form.errors = this.walk(value.errors.filter((error) => !this.encloses(depth, error)));
    }
    return this.tag(Tag.error, form);
  }

  /** Whether a value is the container at the depth, or one around it. */
  private encloses(depth: number, value: unknown): boolean {
    for (let i = 0; i <= depth; i++) if (this.ancestors[i] === value) return true;
    return false;
  }

  private tag(tag: string, form: unknown): unknown {
    this.count(SHORTEST_TAG);
    return { [tag]: form };
  }

  private text(tag: string, form: string): unknown {
    this.count(form.length);
    return this.tag(tag, form);
  }

  private enter(depth: number, segment: PathSegment): void {
    this.path[depth] = segment;
    this.depth = depth + 1;
  }

  private count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.limits.bytes) throw this.tooLarge(this.bytes);
  }

  private measure(text: string): void {
    // A UTF-16 unit has at most three bytes of UTF-8, so most texts need no counting.
    if (text.length * 3 <= this.limits.bytes) return;
    const bytes = Buffer.byteLength(text);
    if (bytes > this.limits.bytes) throw this.tooLarge(bytes);
  }

  private where(depth = this.depth): string {
    return renderPath(this.path.slice(0, depth));
  }

  private refused(kind: string, depth = this.depth): WorkflowException {
    const path = this.where(depth);
    return this.fail('SERIALIZATION_FAILED', refusedMessage(path, kind), { path });
  }

  private tooDeep(): WorkflowException {
    const path = this.where();
    const limit = this.limits.depth;
    return this.fail('PAYLOAD_TOO_COMPLEX', tooDeepMessage(path, limit), { path, depth: limit });
  }

  private tooManyKeys(depth = this.depth): WorkflowException {
    const path = this.where(depth);
    const limit = this.limits.keys;
    return this.fail('PAYLOAD_TOO_COMPLEX', tooManyKeysMessage(path, limit), { path, keys: limit });
  }

  private tooLarge(bytes: number): WorkflowException {
    const limit = this.limits.bytes;
    return this.fail('PAYLOAD_TOO_LARGE', tooLargeMessage(limit), { bytes, limit });
  }

  private forbiddenKey(depth: number): WorkflowException {
    const path = this.where(depth + 1);
    return this.fail('PAYLOAD_FORBIDDEN_KEY', forbiddenKeyMessage(path), { path });
  }

  private fail(
    code: ErrorCode,
    message: string,
    details: NonNullable<WorkflowExceptionOptions['details']>,
  ): WorkflowException {
    this.verdict = new WorkflowException(code, message, { details });
    return this.verdict;
  }
}

// The methods of the prototypes: an object may have a valueOf of its own.
function unbox(value: object): unknown {
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return Symbol.prototype.valueOf.call(value);
}
