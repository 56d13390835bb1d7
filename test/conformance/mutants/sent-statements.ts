import { Client } from 'pg';
import { handedOut } from './infected-statements.js';

type Send = (...given: unknown[]) => unknown;

/** The statements of the store that are sent to PostgreSQL meanwhile, also within others. */
export async function sentDuring(work: () => Promise<void>): Promise<ReadonlySet<string>> {
  const texts = new Set<string>();
  const driver = Client.prototype as { query: Send };
  const { query } = driver;
  driver.query = function (this: unknown, ...given) {
    texts.add(textOf(given[0]));
    return Reflect.apply(query, this, given);
  };
  try {
    await work();
  } finally {
    driver.query = query;
  }
  const sent = [...handedOut].filter(([text]) => [...texts].some((each) => each.includes(text)));
  return new Set(sent.map(([, name]) => name));
}

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : ((query as { text?: string }).text ?? '');
