import { ENGINE_RULES } from './engine-rules.js';
import type { Rule, RuleDialect, RuleTables } from './rule.js';
import { STORE_RULES } from './store-rules.js';

/** A row of the view. */
export interface Violation {
  readonly tenant_id: string;
  readonly execution_id: string;
  readonly invariant: string;
  readonly detail: string;
}

export const VIEW = 'workflow_invariant_violations';

/** Due time of what nobody may claim: the last millisecond of the year 9999. */
const LAST_MILLISECOND = '253402300799999';

const DIALECTS: Readonly<Record<'postgres' | 'sqlite', Omit<RuleDialect, 'tables'>>> = {
  postgres: {
    never: `'infinity'::timestamptz`,
    owned: `t.visible_at < 'infinity'`,
    malformed: (text) => `NOT ${text} IS JSON`,
  },
  sqlite: {
    never: LAST_MILLISECOND,
    owned: `t.visible_at = ${LAST_MILLISECOND}`,
    malformed: (text) => `NOT json_valid(${text})`,
  },
};

/** Makes the view that shows what breaks an invariant: of a healthy store, nothing. */
export function createViolationView(
  kind: 'postgres' | 'sqlite',
  tables: RuleTables,
  name = VIEW,
): string {
  const dialect = { ...DIALECTS[kind], tables };
  const parts = [...STORE_RULES, ...ENGINE_RULES].map((rule) => selectionOf(rule, dialect));
  return `CREATE VIEW ${name} AS ${parts.join('\nUNION ALL ')}`;
}

export const readViolations = (name = VIEW): string =>
  `SELECT tenant_id, execution_id, invariant, detail FROM ${name} ORDER BY 1, 2, 3, 4`;

function selectionOf(rule: Rule, dialect: RuleDialect): string {
  const { execution, task } = dialect.tables;
  const ofExecution = (alias: string): string =>
    `e.tenant_id = ${alias}.tenant_id AND e.id = ${alias}.execution_id`;
  const ofTask = `t.tenant_id = e.tenant_id AND t.execution_id = e.id`;
  const columns = (key: string, name: string): string =>
    `SELECT ${key}, '${rule.invariant}' AS invariant, ${name} || ' ${rule.breach}' AS detail`;
  const where = `WHERE ${rule.sql(dialect)}`;
  switch (rule.of) {
    case 'execution':
      return `${columns('e.tenant_id, e.id AS execution_id', `'The execution'`)}
        FROM ${execution} e LEFT JOIN ${task} t ON ${ofTask} ${where}`;
    case 'task':
      return `${columns('t.tenant_id, t.execution_id', `'The task'`)}
        FROM ${task} t LEFT JOIN ${execution} e ON ${ofExecution('t')} ${where}`;
    default: {
      const what = rule.of === 'step' ? 'The checkpoint' : 'The attempt';
      return `${columns('w.tenant_id, w.execution_id', `'${what} of ' || w.step_id`)}
        FROM ${dialect.tables[rule.of]} w LEFT JOIN ${execution} e ON ${ofExecution('w')}
        LEFT JOIN ${task} t ON ${ofTask} ${where}`;
    }
  }
}
