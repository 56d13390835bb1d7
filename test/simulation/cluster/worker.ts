import { GroupCommitJournal } from '../../../libs/workflow/src/persistence/group-commit.journal.js';
import { DEFAULT_PAYLOAD_LIMITS } from '../../../libs/workflow/src/payload/payload-limits.js';
import type { IdGenerator } from '../../../libs/workflow/src/runtime/id-generator.js';
import { WorkflowHealth } from '../../../libs/workflow/src/runtime/workflow-health.js';
import { WorkflowRuntime } from '../../../libs/workflow/src/workflow-runtime.js';
import type { WorkflowSettings } from '../../../libs/workflow/src/workflow-settings.js';
import type { Plan } from '../load/plan.js';
import { definitionsOf, type Release } from '../load/workflows.js';
import { LifeClock, type Life } from './life.js';
import { Link, type Network } from './link.js';
import { LinkedChannel } from './linked-channel.js';
import { NoLog, NoMeter } from './quiet-parts.js';
import {
  connectionOver,
  LinkedExecutionStore,
  LinkedJournalStore,
  LinkedTaskQueue,
  linkedTransactions,
  NoEnlistedStarts,
} from './store-ports.js';
import { NodeTenants } from './tenants.js';

const settingsOf = (plan: Plan): WorkflowSettings => ({
  database: '',
  tablePrefix: '',
  migrationsRun: false,
  lockTimeout: 0,
  connectTimeout: 0,
  lease: plan.lease,
  keyLifetime: undefined,
  notifications: plan.notifications,
  payload: DEFAULT_PAYLOAD_LIMITS,
  concurrency: plan.concurrency,
  parallelSteps: plan.parallelSteps,
  worker: true,
  pollInterval: plan.pollInterval,
  longestWaitInMemory: plan.longestWaitInMemory,
  drainTimeout: plan.unit * 10,
  globalEnhancers: false,
});

/** A process with the real engine in it, in one of its lives. */
export class Worker {
  readonly runtime: WorkflowRuntime;
  readonly clock: LifeClock;
  readonly link: Link;
  /** The engine has opened its store and looks for work. */
  ready = false;
  /** Whether it knows no tenants at the moment. */
  tenantsMissing = false;

  constructor(
    readonly life: Life,
    readonly release: Release,
    network: Network,
    ids: IdGenerator,
  ) {
    const { plan, scheduler, chance, database } = network;
    this.clock = new LifeClock(life, scheduler, plan.clockSkew[life.node] ?? 0);
    this.link = new Link(life, network);
    const health = new WorkflowHealth();
    this.runtime = new WorkflowRuntime({
      settings: settingsOf(plan),
      definitions: definitionsOf(plan.unit, release),
      tenants: new NodeTenants(() => this.tenantsMissing),
      clock: this.clock,
      random: chance,
      ids: {
        next: () => {
          const id = ids.next();
          // The first id it asks for is its own.
          if (life.workerId === '') life.workerId = id;
          return id;
        },
      },
      meter: new NoMeter(),
      log: new NoLog(),
      health,
    });
    const { store } = database;
    const journal = new GroupCommitJournal(
      new LinkedJournalStore(this.link, store, plan),
      connectionOver(this.link, network),
      this.clock,
      chance,
      health,
    );
    this.store = {
      journal,
      queue: new LinkedTaskQueue(this.link, store),
      executions: new LinkedExecutionStore(this.link, store),
      transactions: linkedTransactions(life, this.link, network, this.clock),
      enlisted: new NoEnlistedStarts(),
      channel: plan.notifications ? new LinkedChannel(life, this.link, network) : undefined,
      close: () => journal.close(),
    };
  }

  private readonly store: Parameters<WorkflowRuntime['open']>[0];

  /** @throws what the store says when it cannot be opened, as the start of an application does */
  async boot(): Promise<void> {
    await this.runtime.open(this.store);
    await this.runtime.begin();
    this.ready = true;
  }

  get serves(): boolean {
    return this.ready && this.life.present;
  }
}
