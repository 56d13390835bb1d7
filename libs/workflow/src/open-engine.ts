import { NobodyToTell, type Announcements } from './dispatch/announcements.port.js';
import type { CompletionBoard } from './dispatch/completion-board.js';
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
import type { UsageMeter } from './context/usage-meter.js';
import type { WorkflowDefinitions } from './discovery/workflow.definitions.js';
import type { EngineLog } from './engine/engine.port.js';
import { ExecutionEngine } from './engine/execution-engine.js';
import type { Journal } from './engine/journal.port.js';
import type { StepTransactions } from './engine/step-transaction.port.js';
import type { PayloadCodec } from './payload/payload-codec.js';
import { shuttingDown } from './result/execution.exceptions.js';
import type { Clock } from './runtime/clock.js';
import type { IdGenerator } from './runtime/id-generator.js';
import type { Random } from './runtime/random.js';
import { Timeouts } from './runtime/timeouts.js';
import type { WorkflowHealth } from './runtime/workflow-health.js';
import type { TenantAccess } from './tenancy/tenant-access.js';
import type { WorkflowSettings } from './workflow-settings.js';

/** What the store gives the engine once it is open. */
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

/** What an engine is made of, beside its store. */
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

/** Milliseconds that aborted steps have, at a shutdown, to let go. */
const INTERRUPT_GRACE = 2_000;

/** A store and what works on it: put together, begun, and taken apart in the reverse order. */
export class OpenEngine {
  readonly executionEngine: ExecutionEngine;
  readonly dispatcher: LocalDispatcher;
  readonly results: ResultPoll;
  readonly announcements: Announcements;
  private readonly heartbeat: Heartbeat;
  /** Without leases nothing comes due that this process does not know of. */
  private readonly watch: DueWatch | undefined;
  private readonly processAnnouncements: ProcessAnnouncements | undefined;
  private closed = false;

  constructor(
    private readonly opened: OpenStore,
    private readonly parts: RuntimeParts,
    private readonly board: CompletionBoard,
    codec: PayloadCodec,
  ) {
    const { journal, transactions, queue, executions, channel } = opened;
    const { definitions, tenants, clock, random, meter, log, health, settings } = parts;
    const { pollInterval, concurrency, worker } = settings;
    const timeouts = new Timeouts(clock);
    this.executionEngine = new ExecutionEngine(
      definitions,
      tenants,
      { journal, transactions, clock, timeouts, random, codec, scopes: tenants, meter },
      settings,
      log,
    );
    // A new one for every life of the process: nobody may take another one's leases for its own.
    const workerId = parts.ids.next();
    this.heartbeat = new Heartbeat(
      queue,
      this.executionEngine,
      clock,
      random,
      log,
      health,
      workerId,
    );
    this.results = new ResultPoll(
      executions,
      board,
      this.executionEngine,
      clock,
      random,
      log,
      health,
      pollInterval,
    );
    const speaker = { id: workerId, worker };
    this.processAnnouncements =
      channel && new ProcessAnnouncements(speaker, channel, this.results, clock, random, log);
    this.announcements = this.processAnnouncements ?? new NobodyToTell();
    const capabilities = (): readonly string[] => definitions.capabilities;
    this.dispatcher = new LocalDispatcher(
      queue,
      this.executionEngine,
      board,
      clock,
      random,
      log,
      health,
      {
        workerId,
        concurrency,
        pollInterval,
        capabilities,
        congested: () => journal.congested,
        announcements: this.announcements,
      },
    );
    const { lease } = queue;
    this.watch =
      lease === undefined
        ? undefined
        : new DueWatch(queue, this.dispatcher, capabilities, clock, random, {
            pollInterval,
            lease,
          });
  }

  /** @throws `SHUTTING_DOWN` once it is closed */
  get store(): OpenStore {
    if (this.closed) throw shuttingDown();
    return this.opened;
  }

  /** Listens, and takes whatever was left running where nobody else can have it. */
  async open(): Promise<void> {
    const { queue } = this.opened;
    const { clock, random, meter, settings } = this.parts;
    // Where one process has the database for itself, nobody else ends anything.
    if (queue.lease !== undefined) this.results.start();
    this.processAnnouncements?.start(new WakeUps(this.dispatcher, clock, random));
    meter.start();
    if (settings.worker) await queue.recover();
  }

  /** Begins to advance executions. */
  async begin(): Promise<void> {
    await this.matchDefinitions();
    this.heartbeat.start();
    // Before anybody can ask: what is started now knows whether something waits before it.
    await this.dispatcher.start();
    this.watch?.start();
  }

  /** Suspends what lacks its definition, and resumes what has it again. */
  async matchDefinitions(): Promise<void> {
    const { definitions, log } = this.parts;
    const { suspended, resumed } = await this.opened.queue.matchCapabilities(
      definitions.capabilities,
    );
    if (suspended > 0) {
      log.warn({
        code: 'EXECUTION_SUSPENDED',
        message: `${suspended} executions wait for a definition that is not registered.`,
      });
    }
    if (resumed > 0) {
      log.note({
        code: 'EXECUTION_RESUMED',
        message: `${resumed} executions go on, because their definition or tenant is back.`,
      });
    }
  }

  /** Pending work: for a slot of this process or of another one, and its end is awaited from both. */
  leaveToAnybody(): void {
    this.dispatcher.workAvailable();
    this.announcements.endExpected();
    this.announcements.workLeft();
  }

  /** Claims nothing more. Does not wait. */
  stopClaiming(): void {
    this.dispatcher.stop();
    this.watch?.stop();
  }

  /** Lets running steps finish, gives everything else back, and closes the store. */
  async close(): Promise<void> {
    const { executionEngine, dispatcher, parts } = this;
    executionEngine.drain();
    await this.within(parts.settings.drainTimeout, dispatcher.slots.allFree());
    executionEngine.interrupt();
    await this.within(INTERRUPT_GRACE, dispatcher.slots.allFree());
    this.heartbeat.stop();
    this.results.stop();
    await this.announcements.close();
    parts.meter.stop();
    this.board.close(shuttingDown());
    await this.opened.close();
    this.closed = true;
  }

  private async within(limit: number, work: Promise<void>): Promise<void> {
    let cancel = (): void => undefined;
    const expired = new Promise<void>((resolve) => {
      cancel = this.parts.clock.schedule(limit, resolve);
    });
    await Promise.race([work, expired]);
    cancel();
  }
}
