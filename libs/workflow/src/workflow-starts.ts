import type { CompletionBoard } from './dispatch/completion-board.js';
import { RequestLink } from './context/request-link.js';
import type { TenantConfiguration } from './context/tenant-configuration.js';
import type { CheckedWorkflow } from './definition/checked-workflow.js';
import type { ExecutionSnapshot } from './engine/execution-snapshot.js';
import type { CreateOutcome, ExecutionKey, NewExecution } from './engine/journal.port.js';
import { CreatedExecution, type StartContext } from './engine/owned-execution.js';
import type { OpenEngine, RuntimeParts } from './open-engine.js';
import type { PayloadCodec } from './payload/payload-codec.js';
import { hashOfContent, hashPayload } from './payload/payload-hash.js';
import { executionNotFound, shuttingDown } from './result/execution.exceptions.js';
import type { WorkflowOutcome } from './result/workflow-result.js';
import { WorkflowException } from './result/workflow.exception.js';
import type { StartedWorkflow } from './workflow-handle.js';

/** An order to start an execution, from somebody whose tenant is known. */
export interface StartOrder {
  readonly workflow: CheckedWorkflow;
  readonly tenant: TenantConfiguration;
  readonly context: StartContext;
  readonly input: unknown;
  readonly idempotencyKey?: string | undefined;
  readonly http?: { readonly request: unknown; readonly response: unknown } | undefined;
  /** Of the transaction the start belongs to. */
  readonly manager?: unknown;
}

/** The envelope of an execution that has ended. */
export type OutcomeOf = (
  snapshot: ExecutionSnapshot,
  tenant: TenantConfiguration,
) => WorkflowOutcome<unknown>;

type JoinedStart = Extract<CreateOutcome, { kind: 'joined' }>;

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
// oxlint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/** Makes orders durable, and runs them here when nothing waits before them. */
export class WorkflowStarts {
  private stopped = false;

  constructor(
    private readonly engine: OpenEngine,
    private readonly parts: RuntimeParts,
    private readonly board: CompletionBoard,
    private readonly codec: PayloadCodec,
    private readonly outcomeOf: OutcomeOf,
  ) {}

  /** Accepts no more, not even what has begun to be checked. */
  stop(): void {
    this.stopped = true;
  }

  /** @throws `SHUTTING_DOWN`, and what an order may not say */
  async start(order: StartOrder): Promise<StartedWorkflow<unknown>> {
    this.refuseWhenStopped();
    const input = this.checkedInput(order);
    // Without rules for it, nobody waits here, and nothing is decoded.
    if (order.workflow.checkInput) await order.workflow.checkInput(this.codec.decode(input));
    return this.create(order, input);
  }

  private async create(order: StartOrder, input: string): Promise<StartedWorkflow<unknown>> {
    this.refuseWhenStopped();
    const { dispatcher, store } = this.engine;
    const execution = this.newExecution(order, input);
    if (order.manager !== undefined) return this.enlist(order, execution);
    // Nothing is left to run of what joins another start.
    const reserved = !store.journal.isCreating(execution) && dispatcher.reserve();
    const ended = this.board.watch(execution);
    const since = this.parts.clock.monotonic();
    let created: CreateOutcome;
    try {
      created = await store.journal.create({
        ...execution,
        ...(reserved ? { workerId: dispatcher.workerId } : {}),
      });
    } catch (error) {
      this.board.forget(execution);
      if (reserved) dispatcher.cancelReservation();
      throw error;
    }
    if (created.kind === 'joined') {
      this.board.forget(execution);
      if (reserved) dispatcher.cancelReservation();
      const joined = { tenantId: order.tenant.id, executionId: created.executionId };
      if (await this.keyExpired(joined)) return this.create(order, input);
      return this.join(order, sameExecution(execution, created));
    }
    if (reserved) {
      const { fence, createdAt } = created;
      dispatcher.runReserved(
        new CreatedExecution(execution, dispatcher.workerId, fence, createdAt),
        since,
        {
          tenant: order.tenant,
          link: linkOf(order.http),
          awaitedOnlyHere: order.idempotencyKey === undefined,
        },
      );
    } else {
      this.engine.leaveToAnybody();
    }
    return this.handle(execution.executionId, false, ended, order);
  }

  private refuseWhenStopped(): void {
    if (this.stopped) throw shuttingDown();
  }

  /** @returns the encoded input of an order that says nothing forbidden */
  private checkedInput({ input, context, idempotencyKey }: StartOrder): string {
    if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new WorkflowException(
        'IDEMPOTENCY_KEY_INVALID',
        'An idempotency key has 1 to 255 visible ASCII characters.',
      );
    }
    if (context.userId !== undefined && CONTROL_CHARACTERS.test(context.userId)) {
      throw new WorkflowException('ID_INVALID', 'The id of the user has control characters.');
    }
    return this.codec.encode(input);
  }

  private newExecution(
    { workflow, tenant, context, idempotencyKey }: StartOrder,
    input: string,
  ): NewExecution {
    return {
      tenantId: tenant.id,
      executionId: this.parts.ids.next(),
      workflowId: workflow.id,
      workflowVersion: workflow.version,
      definitionHash: workflow.hash,
      capability: workflow.capability,
      input,
      // Compared only with the input of another start with the key, who may write it in another order.
      inputHash: idempotencyKey === undefined ? hashPayload(input) : hashOfContent(input),
      context: this.codec.encode(context),
      userId: context.userId,
      idempotencyKey,
    };
  }

  /** A start inside the user's transaction: it waits for a claim, which cannot see it before the commit. */
  private async enlist(
    order: StartOrder,
    execution: NewExecution,
  ): Promise<StartedWorkflow<unknown>> {
    const ended = this.board.watch(execution);
    try {
      const { outcome, committed } = await this.engine.store.enlisted.create(
        order.manager,
        execution,
      );
      if (outcome.kind === 'joined') {
        this.board.forget(execution);
        return this.joinAfter(committed, order, sameExecution(execution, outcome));
      }
      void committed.then((really) => this.afterTransaction(execution, really));
      return this.handle(execution.executionId, false, ended, order);
    } catch (error) {
      this.board.forget(execution);
      throw error;
    }
  }

  private async afterTransaction(key: ExecutionKey, committed: boolean | undefined): Promise<void> {
    if (committed ?? (await this.mayExist(key))) this.engine.leaveToAnybody();
    else this.board.fail(key, rolledBack(key.executionId));
  }

  /** A store that does not answer does not say no. */
  private async mayExist(key: ExecutionKey): Promise<boolean> {
    try {
      return (await this.engine.store.executions.find(key)) !== undefined;
    } catch {
      return true;
    }
  }

  /** Whether the execution has its idempotency key no longer, which is free or another's now. */
  private async keyExpired(joined: ExecutionKey): Promise<boolean> {
    const { keyLifetime } = this.parts.settings;
    if (keyLifetime === undefined) return false;
    return this.engine.store.executions.expireKey(joined, keyLifetime);
  }

  private async join(order: StartOrder, joined: ExecutionKey): Promise<StartedWorkflow<unknown>> {
    const { ended } = await this.watchJoined(joined);
    return this.handle(joined.executionId, true, ended, order);
  }

  /** What a transaction of the user joins may be its own, and it may have the only connection. */
  private joinAfter(
    transaction: Promise<unknown>,
    order: StartOrder,
    joined: ExecutionKey,
  ): StartedWorkflow<unknown> {
    const ended = transaction.then(async () => (await this.watchJoined(joined)).ended);
    // It is the caller's to await.
    ended.catch(() => undefined);
    return this.handle(joined.executionId, true, ended, order);
  }

  private async watchJoined(
    joined: ExecutionKey,
  ): Promise<{ readonly ended: Promise<ExecutionSnapshot> }> {
    const ended = this.board.watch(joined);
    try {
      await this.lookFor(joined);
    } catch (error) {
      this.board.forget(joined);
      throw error;
    }
    return { ended };
  }

  /** What is watched may have ended before the watch began, or be deleted. */
  private async lookFor(key: ExecutionKey): Promise<void> {
    const { executionEngine, announcements, store } = this.engine;
    if (!executionEngine.holds(key)) announcements.endExpected();
    const snapshot = await store.executions.find(key);
    if (!snapshot) this.board.fail(key, executionNotFound(key.executionId));
    else if (snapshot.finishedAt !== undefined) this.board.announce(snapshot);
  }

  private handle(
    executionId: string,
    joined: boolean,
    ended: Promise<ExecutionSnapshot>,
    { tenant }: StartOrder,
  ): StartedWorkflow<unknown> {
    return {
      accepted: true,
      executionId,
      joined,
      result: () => ended.then((snapshot) => this.outcomeOf(snapshot, tenant)),
    };
  }
}

/** The key was used before: the same input joins that execution, another one is refused. */
function sameExecution(execution: NewExecution, joined: JoinedStart): ExecutionKey {
  if (joined.inputHash !== execution.inputHash) {
    throw new WorkflowException(
      'IDEMPOTENCY_MISMATCH',
      'The idempotency key was used before with another input.',
    );
  }
  return { tenantId: execution.tenantId, executionId: joined.executionId };
}

/** The link ends with the response: what runs longer must not hold on to its request. */
function linkOf(http: StartOrder['http']): RequestLink {
  if (!http) return new RequestLink();
  const link = new RequestLink(http);
  const { raw } = (http.response ?? {}) as { raw?: unknown };
  const emitter = (raw ?? http.response ?? {}) as {
    once?: (event: string, listener: () => void) => void;
  };
  emitter.once?.('close', () => link.close());
  return link;
}

const rolledBack = (executionId: string): WorkflowException =>
  new WorkflowException(
    'EXECUTION_NOT_FOUND',
    `The transaction that started execution "${executionId}" was rolled back.`,
  );
