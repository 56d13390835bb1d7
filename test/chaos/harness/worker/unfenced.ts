/**
 * What keeps a late writer out, taken away from the statements of the store: the fence and the owner,
 * the lock that a claim passes over, the end of transactions that fell silent, and the rule that the
 * first checkpoint of a step stays. A parameter that is compared no more is still named, for its
 * type.
 */
const GUARDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:t\.)?fence = (\$\d+)(?:::bigint)?(?![\d,])/g, '$1::bigint IS NOT NULL'],
  [
    /\b(?:t\.)?worker_id = (\$\d+)(?:::uuid)?(?=\s+(?:FOR|AND|ON|RETURNING)\b)/g,
    '$1::uuid IS NOT NULL',
  ],
  [/\bt\.fence = h\.fence/g, 'true'],
  [/USING \(tenant_id, execution_id, fence, run, worker_id\)/g, 'USING (tenant_id, execution_id)'],
  [/FOR KEY SHARE\s*$/g, ''],
  [/(set_config\('idle_in_transaction_session_timeout', )'\d+'/g, "$1'0'"],
];

/** The checkpoint of a transactional step: it asks for the task, which is gone when others ended it. */
const OWN_CHECKPOINT =
  /(INSERT INTO \S*workflow_step[^]*\n\s*FROM) \S*workflow_task t\s+(WHERE[^]*)ON CONFLICT DO NOTHING\s+RETURNING/;

const EXECUTION_AS_TASK =
  '(SELECT tenant_id, id AS execution_id, fence, run FROM workflow_execution) t';

const LAST_WRITER_WINS =
  'ON CONFLICT (tenant_id, execution_id, step_id, run) DO UPDATE SET fence = excluded.fence RETURNING';

export function unfenced(sql: string): string {
  const open = GUARDS.reduce((text, [guard, instead]) => text.replace(guard, instead), sql);
  return open.replace(OWN_CHECKPOINT, `$1 ${EXECUTION_AS_TASK} $2 ${LAST_WRITER_WINS}`);
}
