import type { Rule, Subject } from './rule.js';

const PAYLOADS = {
  execution: ['input', 'context', 'output', 'errors'],
  step: ['output', 'errors', 'writes', 'audit', 'usage'],
  attempt: ['errors'],
} as const;

/** What holds as well when it is the engine that uses the store. */
export const ENGINE_RULES: readonly Rule[] = [
  {
    invariant: 'S4',
    of: 'step',
    breach: 'was done again in a later run, though it had completed',
    sql: ({ tables }) => `EXISTS (SELECT 1 FROM ${tables.step} o
      WHERE o.tenant_id = w.tenant_id AND o.execution_id = w.execution_id
        AND o.step_id = w.step_id AND o.run < w.run AND o.status = 'completed')`,
    breaks: ({ is }) => is.completedBefore,
  },
  {
    invariant: 'S8',
    of: 'attempt',
    breach: 'comes after one that is not there',
    sql: ({ tables }) => `w.attempt <> 1 AND NOT EXISTS (SELECT 1 FROM ${tables.attempt} o
      WHERE o.tenant_id = w.tenant_id AND o.execution_id = w.execution_id
        AND o.step_id = w.step_id AND o.run = w.run AND o.attempt = w.attempt - 1)`,
    breaks: ({ is, w }) => !!w && 'attempt' in w && w.attempt !== 1 && is.withoutPrevious,
  },
  {
    invariant: 'S13',
    of: 'step',
    breach: 'has completed with errors, or failed without',
    sql: () => `w.status = 'completed' AND w.errors IS NOT NULL
      OR w.status = 'failed' AND w.errors IS NULL`,
    breaks: ({ w }) =>
      !!w &&
      'status' in w &&
      ((w.status === 'completed' && w.errors !== undefined) ||
        (w.status === 'failed' && w.errors === undefined)),
  },
  ...(['execution', 'step', 'attempt'] as const).map((of): Rule => {
    const alias = of === 'execution' ? 'e' : 'w';
    return {
      invariant: 'S13',
      of,
      breach: 'has a payload that cannot be read',
      sql: ({ malformed }) =>
        PAYLOADS[of].map((column) => malformed(`${alias}.${column}`)).join(' OR '),
      breaks: (subject: Subject) => {
        const row = new Map(Object.entries(subject[alias] ?? {}));
        return PAYLOADS[of].some((name) => isMalformed(row.get(name)));
      },
    };
  }),
];

const isMalformed = (text: unknown): boolean => {
  if (typeof text !== 'string') return false;
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
};
