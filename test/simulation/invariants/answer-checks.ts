import type { CheckedWorkflow } from '../../../libs/workflow/src/definition/checked-workflow.js';
import type { WorkflowDefinitions } from '../../../libs/workflow/src/discovery/workflow.definitions.js';
import { ResultAssembler } from '../../../libs/workflow/src/engine/result-assembler.js';
import type { ExecutionKey } from '../../../libs/workflow/src/engine/journal.port.js';
import type { ExecutionSnapshot } from '../../../libs/workflow/src/engine/execution-snapshot.js';
import { PayloadCodec } from '../../../libs/workflow/src/payload/payload-codec.js';
import { DEFAULT_PAYLOAD_LIMITS } from '../../../libs/workflow/src/payload/payload-limits.js';
import type { WorkflowOutcome } from '../../../libs/workflow/src/result/workflow-result.js';
import { SystemClock } from '../../../libs/workflow/src/runtime/clock.js';
import { snapshotOf } from '../../support/model-store/model-reading.js';
import { nameOf, type ModelTables } from '../../support/model-store/model-tables.js';
import type { ExecutionRow } from '../../support/model-store/store-dump.js';
import { tenantOf } from '../cluster/tenants.js';
import type { Check, Report } from './moment.js';

const codec = new PayloadCodec(DEFAULT_PAYLOAD_LIMITS);
const assembler = new ResultAssembler(codec, new SystemClock());

/** What a start said. */
interface Said {
  readonly garbled: boolean;
  readonly tenant: string;
  readonly key?: string | undefined;
}

/** What callers were told must be so: starts, cancellations and results. */
export class AnswerChecks {
  private readonly ends = new Map<string, ExecutionSnapshot[]>();

  constructor(
    private readonly tables: ModelTables,
    private readonly report: Report,
  ) {}

  /** Remembers every end there was, for those who are told of it later. */
  readonly check: Check = ({ changes }) => {
    for (const { name, after } of changes) {
      const { execution } = after;
      if (execution?.finishedAt === undefined) continue;
      const known = this.ends.get(name) ?? [];
      known.push(snapshotOf(this.tables, execution));
      this.ends.set(name, known);
    }
  };

  startAnswered(
    key: ExecutionKey,
    joined: boolean,
    { id }: CheckedWorkflow,
    said: Said,
    input: unknown,
  ): void {
    const row = this.tables.executions.get(nameOf(key));
    if (!row) this.report('lost', `${nameOf(key)} was acknowledged, and is not there`);
    else if (row.workflowId !== id || row.idempotencyKey !== said.key) {
      this.report('answers', `a start of ${id} was given ${nameOf(key)}, which is another one`);
    } else if (!said.garbled && row.input !== codec.encode(input)) {
      this.report('answers', `${joined ? 'joined ' : ''}${nameOf(key)} has another input`);
    }
  }

  startRefused(error: unknown, { id }: CheckedWorkflow, said: Said, input: unknown): void {
    const code = codeOf(error);
    if (code === 'STORE_UNAVAILABLE' || code === 'SHUTTING_DOWN' || isServers(code)) return;
    const other = [...this.tables.executions.values()].some(
      (row: ExecutionRow) =>
        row.tenantId === said.tenant &&
        row.workflowId === id &&
        row.idempotencyKey === said.key &&
        row.input !== codec.encode(input),
    );
    if (code !== 'IDEMPOTENCY_MISMATCH' || !other) {
      this.report('answers', `a start was refused with ${String(error)}`);
    }
  }

  cancelAnswered(key: ExecutionKey, cancelled: boolean): void {
    const row = this.tables.executions.get(nameOf(key));
    const ends = this.ends.get(nameOf(key)) ?? [];
    if (cancelled && row?.status !== 'cancelled') {
      this.report('answers', `${nameOf(key)} was cancelled, they said, and is ${row?.status}`);
    }
    if (!cancelled && ends.length === 0) {
      this.report('answers', `${nameOf(key)} had ended, they said, and has not`);
    }
  }

  orderRefused(order: 'cancel' | 'retry' | 'result', error: unknown): void {
    const code = codeOf(error);
    const expected: readonly string[] =
      order === 'retry' ? ['EXECUTION_NOT_RETRYABLE', 'WORKFLOW_NOT_FOUND'] : [];
    if (code === 'SHUTTING_DOWN' || isServers(code) || expected.includes(code)) return;
    this.report('answers', `a ${order} was refused with ${String(error)}`);
  }

  /** A result is one of the ends there were, word for word. */
  resultGiven(
    key: ExecutionKey,
    outcome: WorkflowOutcome<unknown>,
    definitions: WorkflowDefinitions,
  ): void {
    const told = inWords(outcome);
    const ends = this.ends.get(nameOf(key)) ?? [];
    const stored = ends.map((end) =>
      inWords(
        assembler.result(end, tenantOf(end.tenantId), definitions.withCapability(end.capability)),
      ),
    );
    if (!stored.includes(told)) {
      this.report(
        'answers',
        `${nameOf(key)} came to ${told}, they said; stored is ${stored.join(' | ')}`,
      );
    }
  }
}

/** Without what a process uses of its machine. */
const inWords = ({ metadata, ...outcome }: WorkflowOutcome<unknown>): string =>
  JSON.stringify([outcome, { ...metadata, performance: undefined }]);

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);

/** What the server said reaches callers of orders as it is. */
const isServers = (code: string): boolean =>
  ['ECONNRESET', '40001', '25006', 'XX000', 'SQLITE_BUSY'].includes(code);
