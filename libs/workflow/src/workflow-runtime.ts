import { CompletionBoard } from './dispatch/completion-board.js';
import type { ExecutionStore } from './dispatch/execution-store.port.js';
import type { TenantConfiguration } from './context/tenant-configuration.js';
import type { ExecutionSnapshot } from './engine/execution-snapshot.js';
import type { ExecutionKey } from './engine/journal.port.js';
import { ResultAssembler } from './engine/result-assembler.js';
import { OpenEngine, type OpenStore, type RuntimeParts } from './open-engine.js';
import { PayloadCodec } from './payload/payload-codec.js';
import { executionNotFound, shuttingDown } from './result/execution.exceptions.js';
import { workflowErrorOf } from './result/refusal.js';
import type { WorkflowOutcome } from './result/workflow-result.js';
import { WorkflowException } from './result/workflow.exception.js';
import { backoff, type BackoffRange } from './runtime/backoff.js';
import type { CancelTimer } from './runtime/clock.js';
import type { TenantAccess } from './tenancy/tenant-access.js';
import type { StartedWorkflow } from './workflow-handle.js';
import { WorkflowStarts, type StartOrder } from './workflow-starts.js';

/** Between looks for executions that a new definition lets go on, while the database does not answer. */
const PAUSES: BackoffRange = { shortest: 250, longest: 5_000 };

/** The engine of one application, from opening its store to its last write. */
export class WorkflowRuntime {
  readonly assembler: ResultAssembler;
  private readonly codec: PayloadCodec;
  private readonly board = new CompletionBoard();
  private opened: { readonly engine: OpenEngine; readonly starts: WorkflowStarts } | undefined;
  private stopping = false;
  private cancelMatching: CancelTimer = () => undefined;

  constructor(private readonly parts: RuntimeParts) {
    this.codec = new PayloadCodec(parts.settings.payload);
    this.assembler = new ResultAssembler(this.codec, parts.clock);
  }

  get tenants(): TenantAccess {
    return this.parts.tenants;
  }

  get store(): ExecutionStore {
    return this.live.engine.store.executions;
  }

  /** Takes a store and everything in it that was left running. */
  async open(store: OpenStore): Promise<void> {
    const { parts, board, codec } = this;
    const engine = new OpenEngine(store, parts, board, codec);
    const starts = new WorkflowStarts(engine, parts, board, codec, (snapshot, tenant) =>
      this.outcomeOf(snapshot, tenant),
    );
    this.opened = { engine, starts };
    await engine.open();
  }

  /** Begins to advance executions. */
  async begin(): Promise<void> {
    if (this.parts.settings.worker) await this.live.engine.begin();
  }

  /** A definition was added: what was waiting for it goes on. */
  definitionsChanged(failures = 0): void {
    this.cancelMatching();
    if (!this.opened || this.stopping || !this.parts.settings.worker) return;
    const { engine } = this.opened;
    const { clock, random, log } = this.parts;
    engine.matchDefinitions().then(
      () => engine.dispatcher.workAvailable(),
      (cause: unknown) => {
        const message = 'Executions that wait for a definition could not be resumed yet.';
        if (failures === 0) log.warn({ code: 'STORE_UNAVAILABLE', message, cause });
        this.cancelMatching = clock.schedule(backoff(failures + 1, PAUSES, random), () =>
          this.definitionsChanged(failures + 1),
        );
      },
    );
  }

  /** @throws `SHUTTING_DOWN`, and what an order may not say */
  start(order: StartOrder): Promise<StartedWorkflow<unknown>> {
    return this.live.starts.start(order);
  }

  /** @throws `EXECUTION_NOT_FOUND` */
  async cancel(key: ExecutionKey): Promise<boolean> {
    const { engine } = this.live;
    const error = new WorkflowException('EXECUTION_CANCELLED', 'The execution was cancelled.');
    const outcome = await engine.store.executions.cancel(
      key,
      this.codec.encode([workflowErrorOf(error, new Date(this.parts.clock.now()))]),
      error.message,
    );
    if (outcome.kind === 'not-found') throw executionNotFound(key.executionId);
    if (outcome.kind === 'already-ended') return false;
    engine.executionEngine.cancel(key);
    this.board.announce(outcome.snapshot);
    engine.announcements.ended(key);
    return true;
  }

  /** @throws `EXECUTION_NOT_FOUND`, `EXECUTION_NOT_RETRYABLE` */
  async retry(key: ExecutionKey, tenant: TenantConfiguration): Promise<WorkflowOutcome<unknown>> {
    const { engine } = this.live;
    if (this.stopping) throw shuttingDown();
    await this.refuseWithoutDefinition(key);
    const outcome = await engine.store.executions.retry(key);
    if (outcome.kind !== 'retried') {
      if (outcome.kind === 'not-found') throw executionNotFound(key.executionId);
      throw new WorkflowException(
        'EXECUTION_NOT_RETRYABLE',
        `The execution is ${outcome.status}; only a failed one can be retried.`,
      );
    }
    const ended = this.board.watch(key, outcome.run);
    engine.results.ended([key]);
    engine.leaveToAnybody();
    return this.outcomeOf(await ended, tenant);
  }

  /** Another run would only wait for a definition that nobody may ever register. */
  private async refuseWithoutDefinition(key: ExecutionKey): Promise<void> {
    const snapshot = await this.store.find(key);
    if (!snapshot || this.parts.definitions.withCapability(snapshot.capability)) return;
    throw new WorkflowException(
      'WORKFLOW_NOT_FOUND',
      `The definition the execution began with, "${snapshot.capability}", is not registered.`,
    );
  }

  runningSteps(key: ExecutionKey): ReadonlySet<string> | undefined {
    return this.opened?.engine.executionEngine.runningSteps(key);
  }

  noteSystemScope(reason: string): void {
    this.parts.log.note({
      code: 'SYSTEM_SCOPE_OPENED',
      message: 'Work runs across tenants.',
      reason,
    });
  }

  /** Claims nothing more and accepts no more starts. Does not wait. */
  stopClaiming(): void {
    this.stopping = true;
    this.cancelMatching();
    this.opened?.starts.stop();
    this.opened?.engine.stopClaiming();
  }

  /** Lets running steps finish, gives everything else back, and closes the store. */
  async close(): Promise<void> {
    this.stopClaiming();
    await this.opened?.engine.close();
    this.opened = undefined;
  }

  private outcomeOf(
    snapshot: ExecutionSnapshot,
    tenant: TenantConfiguration,
  ): WorkflowOutcome<unknown> {
    const workflow = this.parts.definitions.withCapability(snapshot.capability);
    return this.assembler.result(snapshot, tenant, workflow);
  }

  private get live(): { readonly engine: OpenEngine; readonly starts: WorkflowStarts } {
    if (this.opened) return this.opened;
    throw this.stopping
      ? shuttingDown()
      : new WorkflowException(
          'STORE_UNAVAILABLE',
          'The workflow engine is not open yet. Use it from onApplicationBootstrap() on.',
        );
  }
}
