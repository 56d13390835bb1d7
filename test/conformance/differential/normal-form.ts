import { UNIT } from './playing.js';

/** Times that the store writes; those of steps are given to it, and lie long before. */
const MOMENTS = new Set(['createdAt', 'finishedAt', 'visibleAt', 'retryAt', 'at']);
const LONG_BEFORE = 1_750_000_000_000;

/** Lists whose order says nothing. */
const UNORDERED = new Set(['checkpoints', 'attempts', 'claimed', 'lost', 'find-ended']);

/** An answer or a dump without what differs from store to store: real time, and orders left open. */
export function normalForm(value: unknown, beginning: number, name = ''): unknown {
  if (value instanceof Map) return normalForm(Object.fromEntries(value), beginning);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => normalForm(item, beginning));
    return UNORDERED.has(name) ? items.sort(byText) : items;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      entries.map(([key, member]) => [key, normalForm(member, beginning, key)]),
    );
  }
  if (typeof value === 'number' && Number.isFinite(value)) {
    if (MOMENTS.has(name) && value > LONG_BEFORE) return Math.round((value - beginning) / UNIT);
    if (name === 'dueIn') return Math.round(value / UNIT);
  }
  return value;
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
