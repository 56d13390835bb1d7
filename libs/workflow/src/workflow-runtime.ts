import { NobodyToTell, type Announcements } from './dispatch/announcements.port.js';
import { CompletionBoard } from './dispatch/completion-board.js';
import { DueWatch } from './dispatch/due-watch.js';
import type { EnlistedStarts } from './dispatch/enlisted-starts.port.js';
import type { ExecutionStore } from './dispatch/execution-store.port.js';
import { Heartbeat } from './dispatch/heartbeat.js';
import { LocalDispatcher } from './dispatch/local.dispatcher.js';
import { ProcessAnnouncements } from './dispatch/process-announcements.js';
import type { ProcessChannel } from './dispatch/process-channel.port.js';
import { ResultPoll } from './dispatch/result-poll.js';
import type { TaskQueue } from './dispatch/task-queue.port.js';
import { WakeUps } from './dispatch/wake-ups.js';
import { RequestLink } from './context/request-link.js';
import type { TenantConfiguration } from './context/tenant-configuration.js';
import { UsageMeter } from './context/usage-meter.js';
import type { CheckedWorkflow } from './definition/checked-workflow.js';
import { WorkflowDefinitions } from './discovery/workflow.definitions.js';
import type { EngineLog } from './engine/engine.port.js';
import { ExecutionEngine } from './engine/execution-engine.js';
import type { ExecutionSnapshot } from './engine/execution-snapshot.js';
import type { CreateOutcome, ExecutionKey, Journal, NewExecution } from './engine/journal.port.js';
import { CreatedExecution, type StartContext } from './engine/owned-execution.js';
import type { StepTransactions } from './engine/step-transaction.port.js';
import { ResultAssembler } from './engine/result-assembler.js';
import { PayloadCodec } from './payload/payload-codec.js';
import { hashPayload } from './payload/payload-hash.js';
import { workflowErrorOf } from './result/refusal.js';
import type { WorkflowOutcome } from './result/workflow-result.js';
import { WorkflowException } from './result/workflow.exception.js';
import { backoff, type BackoffRange } from './runtime/backoff.js';
import type { CancelTimer, Clock } from './runtime/clock.js';
import type { IdGenerator } from './runtime/id-generator.js';
import type { Random } from './runtime/random.js';
import { Timeouts } from './runtime/timeouts.js';
import type { WorkflowHealth } from './runtime/workflow-health.js';
import type { TenantAccess } from './tenancy/tenant-access.js';
import type { StartedWorkflow } from './workflow-handle.js';
import type { WorkflowSettings } from './workflow-settings.js';

/** What the store gives the runtime once it is open. */
export interface OpenStore {
  readonly journal: Journal;
  readonly queue: TaskQueue;
  readonly executions: ExecutionStore;
  readonly transactions: StepTransactions;
  readonly enlisted: EnlistedStarts;
  /** To the other processes of the database; absent where there can be none, or none shall hear. */
  readonly channel?: ProcessChannel | undefined;
  /** Resolves when nothing is left to write, and closes what was opened for us. */
  close(): Promise<void>;
}

/** A store and what works on it. */
interface Opened extends OpenStore {
  readonly engine: ExecutionEngine;
  readonly dispatcher: LocalDispatcher;
  readonly heartbeat: Heartbeat;
  readonly watch: DueWatch | undefined;
  readonly results: ResultPoll;
  readonly announcements: Announcements;
}

/** What the runtime is made of. */
export interface RuntimeParts {
  readonly settings: WorkflowSettings;
  readonly definitions: WorkflowDefinitions;
  readonly tenants: TenantAccess;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdGenerator;
  readonly meter: UsageMeter;
  readonly log: EngineLog;
  readonly health: WorkflowHealth;
}

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

/** Between looks for executions that a new definition lets go on, while the database does not answer. */
const PAUSES: BackoffRange = { shortest: 250, longest: 5_000 };

/** Milliseconds that aborted steps have, at a shutdown, to let go. */
const INTERRUPT_GRACE = 2_000;

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
// oxlint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

/** The engine of one application, from opening its store to its last write. */
export class WorkflowRuntime {
  readonly assembler: ResultAssembler;
  private readonly codec: PayloadCodec;
  private readonly board = new CompletionBoard();
  private opened: Opened | undefined;
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
    return this.live.executions;
  }

  /** Takes a store and everything in it that was left running. */
  async open(store: OpenStore): Promise<void> {
    const { definitions, tenants, clock, random, meter, log, health, settings } = this.parts;
    const engine = new ExecutionEngine(
      definitions,
      tenants,
      {
        journal: store.journal,
        transactions: store.transactions,
        clock,
        timeouts: new Timeouts(clock),
        random,
        codec: this.codec,
        scopes: tenants,
        meter,
      },
      settings,
      log,
    );
    // A new one for every life of the process: nobody may take another one's leases for its own.
    const workerId = this.parts.ids.next();
    const heartbeat = new Heartbeat(store.queue, engine, clock, random, log, health, workerId);
    const results = new ResultPoll(
      store.executions,
      this.board,
      engine,
      clock,
      random,
      log,
      health,
      settings.pollInterval,
    );
    const speaker = { id: workerId, worker: settings.worker };
    const spoken = store.channel
      ? new ProcessAnnouncements(speaker, store.channel, results, clock, random, log)
      : undefined;
    const announcements = spoken ?? new NobodyToTell();
    const dispatcher = new LocalDispatcher(
      store.queue,
      engine,
      this.board,
      clock,
      random,
      log,
      health,
      {
        workerId,
        concurrency: settings.concurrency,
        pollInterval: settings.pollInterval,
        capabilities: () => definitions.capabilities,
        congested: () => store.journal.congested,
        announcements,
      },
    );
    const { lease } = store.queue;
    // Without leases nothing comes due that this process does not know of.
    const watch =
      lease === undefined
        ? undefined
        : new DueWatch(store.queue, dispatcher, () => definitions.capabilities, clock, random, {
            pollInterval: settings.pollInterval,
            lease,
          });
    this.opened = { ...store, engine, dispatcher, heartbeat, watch, results, announcements };
    // Where one process has the database for itself, nobody else ends anything.
    if (lease !== undefined) results.start();
    spoken?.start(new WakeUps(dispatcher, clock, random));
    meter.start();
    if (settings.worker) await store.queue.recover();
  }

  /** Begins to advance executions. */
  async begin(): Promise<void> {
    if (!this.parts.settings.worker) return;
    await this.matchDefinitions();
    this.live.heartbeat.start();
    // Before anybody can ask: what is started now knows whether something waits before it.
    await this.live.dispatcher.start();
    this.live.watch?.start();
  }

  /** A definition was added: what was waiting for it goes on. */
  definitionsChanged(failures = 0): void {
    this.cancelMatching();
    if (!this.opened || this.stopping || !this.parts.settings.worker) return;
    const { clock, random, log } = this.parts;
    this.matchDefinitions().then(
      () => this.opened?.dispatcher.workAvailable(),
      (cause: unknown) => {
        const message = 'Executions that wait for a definition could not be resumed yet.';
        if (failures === 0) log.warn({ code: 'STORE_UNAVAILABLE', message, cause });
        this.cancelMatching = clock.schedule(backoff(failures + 1, PAUSES, random), () =>
          this.definitionsChanged(failures + 1),
        );
      },
    );
  }

  async start(order: StartOrder): Promise<StartedWorkflow<unknown>> {
    const { dispatcher, journal } = this.live;
    if (this.stopping) throw shuttingDown();
    const input = this.checkedInput(order);
    // Without rules for it, nobody waits here, and nothing is decoded.
    if (order.workflow.checkInput) await order.workflow.checkInput(this.codec.decode(input));
    const execution = this.newExecution(order, input);
    if (order.manager !== undefined) return this.enlist(order, execution);
    const reserved = dispatcher.reserve();
    const ended = this.board.watch(execution);
    const since = this.parts.clock.monotonic();
    let created: CreateOutcome;
    try {
      created = await journal.create({
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
      if (await this.keyExpired(execution)) return this.start(order);
      return this.join(order, execution, created);
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
      this.leaveToAnybody();
    }
    return this.handle(execution.executionId, false, ended, order);
  }

  /** @throws `EXECUTION_NOT_FOUND` */
  async cancel(key: ExecutionKey): Promise<boolean> {
    const error = new WorkflowException('EXECUTION_CANCELLED', 'The execution was cancelled.');
    const outcome = await this.live.executions.cancel(
      key,
      this.codec.encode([workflowErrorOf(error, new Date(this.parts.clock.now()))]),
      error.message,
    );
    if (outcome.kind === 'not-found') throw executionNotFound(key.executionId);
    if (outcome.kind === 'already-ended') return false;
    this.live.engine.cancel(key);
    this.board.announce(outcome.snapshot);
    this.live.announcements.ended(key);
    return true;
  }

  /** @throws `EXECUTION_NOT_FOUND`, `EXECUTION_NOT_RETRYABLE` */
  async retry(key: ExecutionKey, tenant: TenantConfiguration): Promise<WorkflowOutcome<unknown>> {
    if (this.stopping) throw shuttingDown();
    await this.refuseWithoutDefinition(key);
    const outcome = await this.live.executions.retry(key);
    if (outcome.kind !== 'retried') {
      if (outcome.kind === 'not-found') throw executionNotFound(key.executionId);
      throw new WorkflowException(
        'EXECUTION_NOT_RETRYABLE',
        `The execution is ${outcome.status}; only a failed one can be retried.`,
      );
    }
    // Not before: the end of the run before would be taken for that of this one.
    const ended = this.board.watch(key);
    this.live.results.ended([key]);
    this.leaveToAnybody();
    return this.result(await ended, tenant);
  }

  /** Pending work: for a slot of this process or of another one, and its end is awaited from both. */
  private leaveToAnybody(): void {
    const { dispatcher, announcements } = this.live;
    dispatcher.workAvailable();
    announcements.endExpected();
    announcements.workLeft();
  }

  /** Another run would only wait for a definition that nobody may ever register. */
  private async refuseWithoutDefinition(key: ExecutionKey): Promise<void> {
    const snapshot = await this.live.executions.find(key);
    if (!snapshot || this.parts.definitions.withCapability(snapshot.capability)) return;
    throw new WorkflowException(
      'WORKFLOW_NOT_FOUND',
      `The definition the execution began with, "${snapshot.capability}", is not registered.`,
    );
  }

  runningSteps(key: ExecutionKey): ReadonlySet<string> | undefined {
    return this.opened?.engine.runningSteps(key);
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
    this.opened?.dispatcher.stop();
    this.opened?.watch?.stop();
  }

  /** Lets running steps finish, gives everything else back, and closes the store. */
  async close(): Promise<void> {
    this.stopClaiming();
    if (!this.opened) return;
    const { engine, dispatcher, heartbeat, results, announcements } = this.opened;
    engine.drain();
    await this.within(this.parts.settings.drainTimeout, dispatcher.slots.allFree());
    engine.interrupt();
    await this.within(INTERRUPT_GRACE, dispatcher.slots.allFree());
    heartbeat.stop();
    results.stop();
    await announcements.close();
    this.parts.meter.stop();
    this.board.close(shuttingDown());
    await this.opened.close();
    this.opened = undefined;
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
      inputHash: hashPayload(input),
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
      const { outcome, committed } = await this.live.enlisted.create(order.manager, execution);
      if (outcome.kind === 'joined') {
        this.board.forget(execution);
        return await this.join(order, execution, outcome);
      }
      void committed.then((really) => this.afterTransaction(execution, really));
      return this.handle(execution.executionId, false, ended, order);
    } catch (error) {
      this.board.forget(execution);
      throw error;
    }
  }

  private async afterTransaction(key: ExecutionKey, committed: boolean | undefined): Promise<void> {
    const exists = committed ?? (await this.mayExist(key));
    if (!exists) this.board.fail(key, rolledBack(key.executionId));
    else if (this.opened) this.leaveToAnybody();
  }

  /** A store that does not answer does not say no. */
  private async mayExist(key: ExecutionKey): Promise<boolean> {
    const found = this.opened?.executions.find(key) ?? Promise.resolve(true);
    return found.then(Boolean, () => true);
  }

  /** Whether the idempotency key was free to be used again. */
  private async keyExpired({
    tenantId,
    workflowId,
    idempotencyKey,
  }: NewExecution): Promise<boolean> {
    const { keyLifetime } = this.parts.settings;
    if (keyLifetime === undefined || idempotencyKey === undefined) return false;
    const key = { tenantId, workflowId, idempotencyKey };
    return this.live.executions.expireKey(key, keyLifetime);
  }

  /** The key was used before: the same input joins that execution, another one is refused. */
  private async join(
    order: StartOrder,
    execution: NewExecution,
    joined: Extract<CreateOutcome, { kind: 'joined' }>,
  ): Promise<StartedWorkflow<unknown>> {
    if (joined.inputHash !== execution.inputHash) {
      throw new WorkflowException(
        'IDEMPOTENCY_MISMATCH',
        'The idempotency key was used before with another input.',
      );
    }
    const key = { tenantId: order.tenant.id, executionId: joined.executionId };
    const ended = this.board.watch(key);
    if (!this.live.engine.holds(key)) this.live.announcements.endExpected();
    // It may have ended before the watch began.
    const snapshot = await this.live.executions.find(key);
    if (snapshot?.finishedAt !== undefined) this.board.announce(snapshot);
    return this.handle(joined.executionId, true, ended, order);
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
      result: () => ended.then((snapshot) => this.result(snapshot, tenant)),
    };
  }

  private result(
    snapshot: ExecutionSnapshot,
    tenant: TenantConfiguration,
  ): WorkflowOutcome<unknown> {
    const workflow = this.parts.definitions.withCapability(snapshot.capability);
    return this.assembler.result(snapshot, tenant, workflow);
  }

  private async matchDefinitions(): Promise<void> {
    const { suspended, resumed } = await this.live.queue.matchCapabilities(
      this.parts.definitions.capabilities,
    );
    if (suspended > 0) {
      this.parts.log.warn({
        code: 'EXECUTION_SUSPENDED',
        message: `${suspended} executions wait for a definition that is not registered.`,
      });
    }
    if (resumed > 0) {
      this.parts.log.note({
        code: 'EXECUTION_RESUMED',
        message: `${resumed} executions go on, because their definition or tenant is back.`,
      });
    }
  }

  private async within(limit: number, work: Promise<void>): Promise<void> {
    let cancel = (): void => undefined;
    const expired = new Promise<void>((resolve) => {
      cancel = this.parts.clock.schedule(limit, resolve);
    });
    await Promise.race([work, expired]);
    cancel();
  }

  private get live(): Opened {
    if (this.opened) return this.opened;
    throw this.stopping
      ? shuttingDown()
      : new WorkflowException(
          'STORE_UNAVAILABLE',
          'The workflow engine is not open yet. Use it from onApplicationBootstrap() on.',
        );
  }
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

const shuttingDown = (): WorkflowException =>
  new WorkflowException('SHUTTING_DOWN', 'The application is shutting down.', { retryable: true });

/** The same words for an execution of another tenant and for none at all. */
export const executionNotFound = (executionId: string): WorkflowException =>
  new WorkflowException('EXECUTION_NOT_FOUND', `There is no execution "${executionId}".`);
