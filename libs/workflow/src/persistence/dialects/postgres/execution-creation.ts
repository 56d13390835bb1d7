import type { CreateOutcome, NewExecution } from '../../../engine/journal.port.js';
import type { Clock } from '../../../runtime/clock.js';
import type { Query, Row } from '../../store-connection.js';
import { columnsOf, fitLines, inArray, inLines, valuesOf, type Column } from './batch-columns.js';
import type { PostgresJournalStatements } from './postgres.journal.statements.js';

/** Creates executions, or finds those that their idempotency keys belong to. */
export class ExecutionCreation {
  constructor(
    private readonly sql: PostgresJournalStatements,
    private readonly clock: Clock,
    /** Milliseconds. */
    private readonly lease: number,
  ) {}

  /** Executions of one worker, or of none. Answers in their order. */
  async create(query: Query, executions: readonly NewExecution[]): Promise<CreateOutcome[]> {
    const [first] = executions;
    const isLone = executions.length === 1;
    if (!isLone && !fitLines(executions, COLUMNS)) return this.createApart(query, executions);
    const rows = await query(isLone ? this.sql.createOne : this.sql.create, [
      this.clock.databaseOffset(),
      this.lease,
      first.workerId ?? null,
      ...(isLone ? valuesOf(first, COLUMNS) : columnsOf(executions, COLUMNS)),
    ]);
    const createdAt = new Map(rows.map((row) => [nameOf(row), Number(row['created_at'])]));
    const repeated = executions.filter((execution) => !createdAt.has(keyOf(execution)));
    const existing = repeated.length === 0 ? NOTHING : await this.existing(query, repeated);
    const outcomes = executions.map((execution) => {
      const at = createdAt.get(keyOf(execution));
      return at === undefined ? outcomeOf(execution, existing) : created(execution, at);
    });
    // What these ran into has lost its key since, or is gone: the key is free, or another's.
    const freed = executions.filter((_, index) => outcomes[index] === undefined);
    const again = freed.length === 0 ? [] : await this.create(query, freed);
    return executions.map((execution, index) => outcomes[index] ?? again[freed.indexOf(execution)]);
  }

  /** What does not fit into lines is created alone, the others together. */
  private async createApart(
    query: Query,
    executions: readonly NewExecution[],
  ): Promise<CreateOutcome[]> {
    const together = executions.filter((execution) => fitLines([execution], COLUMNS));
    const alone = executions.filter((execution) => !together.includes(execution));
    const parts = [together, ...alone.map((execution) => [execution])];
    const outcomes = new Map<NewExecution, CreateOutcome>();
    for (const part of parts.filter(({ length }) => length > 0)) {
      const answers = await this.create(query, part);
      part.forEach((execution, index) => outcomes.set(execution, answers[index]));
    }
    return executions.flatMap((execution) => outcomes.get(execution) ?? []);
  }

  private async existing(query: Query, repeated: readonly NewExecution[]): Promise<Existing> {
    const rows = await query(this.sql.findExisting, columnsOf(repeated, IDENTITY));
    return {
      byId: new Map(rows.map((row) => [nameOf(row), row])),
      byKey: new Map(rows.map((row) => [idempotencyName(row), row])),
    };
  }
}

interface Existing {
  readonly byId: ReadonlyMap<string, Row>;
  readonly byKey: ReadonlyMap<string, Row>;
}

const NOTHING: Existing = { byId: new Map(), byKey: new Map() };

const COLUMNS: readonly Column<NewExecution>[] = [
  inArray((e) => e.tenantId),
  inArray((e) => e.executionId),
  inArray((e) => e.workflowId),
  inArray((e) => e.workflowVersion),
  inArray((e) => e.definitionHash),
  inArray((e) => e.capability),
  inArray((e) => e.userId),
  inArray((e) => e.idempotencyKey),
  inArray((e) => e.inputHash),
  inLines((e) => e.input),
  inLines((e) => e.context),
];

const IDENTITY: readonly Column<NewExecution>[] = [
  inArray((e) => e.tenantId),
  inArray((e) => e.executionId),
  inArray((e) => e.workflowId),
  inArray((e) => e.idempotencyKey),
];

/** What exists is the execution itself, when an earlier answer was lost, or the one with its key. */
function outcomeOf(execution: NewExecution, { byId, byKey }: Existing): CreateOutcome | undefined {
  const own = byId.get(keyOf(execution));
  if (own) return created(execution, Number(own['created_at']));
  const { tenantId, workflowId, idempotencyKey } = execution;
  const other = byKey.get(`${tenantId} ${workflowId} ${idempotencyKey}`);
  return (
    other && {
      kind: 'joined',
      executionId: String(other['id']),
      inputHash: String(other['input_hash']),
    }
  );
}

const created = ({ workerId }: NewExecution, createdAt: number): CreateOutcome => ({
  kind: 'created',
  fence: workerId === undefined ? 0 : 1,
  createdAt,
});

const keyOf = ({ tenantId, executionId }: NewExecution): string => `${tenantId} ${executionId}`;

const nameOf = (row: Row): string => `${String(row['tenant_id'])} ${String(row['id'])}`;

const idempotencyName = (row: Row): string =>
  `${String(row['tenant_id'])} ${String(row['workflow_id'])} ${String(row['idempotency_key'])}`;
