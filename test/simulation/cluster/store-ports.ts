import { EnlistedStarts } from '../../../libs/workflow/src/dispatch/enlisted-starts.port.js';
import {
  ExecutionStore,
  type CancelOutcome,
  type RetryOutcome,
} from '../../../libs/workflow/src/dispatch/execution-store.port.js';
import {
  TaskQueue,
  type ClaimRequest,
  type HeldTask,
} from '../../../libs/workflow/src/dispatch/task-queue.port.js';
import type { ExecutionSnapshot } from '../../../libs/workflow/src/engine/execution-snapshot.js';
import type { ExecutionKey } from '../../../libs/workflow/src/engine/journal.port.js';
import type { OwnedExecution } from '../../../libs/workflow/src/engine/owned-execution.js';
import type { StepTransactions } from '../../../libs/workflow/src/engine/step-transaction.port.js';
import type {
  JournalOutcome,
  JournalRecord,
  JournalStore,
} from '../../../libs/workflow/src/persistence/journal-record.js';
import { Patience } from '../../../libs/workflow/src/persistence/patience.js';
import { SqlStepTransactions } from '../../../libs/workflow/src/persistence/sql.step-transactions.js';
import type {
  Query,
  Row,
  StoreConnection,
} from '../../../libs/workflow/src/persistence/store-connection.js';
import type { Clock } from '../../../libs/workflow/src/runtime/clock.js';
import type { ModelStore } from '../../support/model-store/model-store.js';
import type { Plan } from '../load/plan.js';
import type { Life } from './life.js';
import type { Link, Network } from './link.js';
import { laneOf, lockedBy } from './operation.js';
import { sessionsOver } from './session-runner.js';
import { AWAIT_OWN_END, findOwnCheckpoint, statementsOf } from './transaction-statements.js';

/** Not part of what is simulated. */
const leftOut = (what: string): never => {
  throw new Error(`The simulation has no ${what}.`);
};

/** The task queue behind a link. */
export class LinkedTaskQueue extends TaskQueue {
  override readonly lease: number | undefined;

  constructor(
    private readonly link: Link,
    private readonly store: ModelStore,
  ) {
    super();
    this.lease = store.queue.lease;
  }

  override claim(request: ClaimRequest): Promise<readonly OwnedExecution[]> {
    return this.link.call({
      subject: { kind: 'claim', request },
      writes: true,
      perform: () => this.store.queue.claim(request),
    });
  }

  override dueWithin(
    horizon: number,
    capabilities: readonly string[],
  ): Promise<number | undefined> {
    return this.link.call({
      subject: { kind: 'foresee', horizon, capabilities },
      writes: false,
      perform: () => this.store.queue.dueWithin(horizon, capabilities),
    });
  }

  override extend(workerId: string, held: readonly HeldTask[]): Promise<readonly HeldTask[]> {
    return this.link.call({
      subject: { kind: 'extend', workerId, held },
      writes: true,
      perform: () => this.store.queue.extend(workerId, held),
    });
  }

  override isolate(workerId: string, suspect: HeldTask): Promise<boolean> {
    return this.link.call({
      subject: { kind: 'isolate', workerId, suspect },
      writes: true,
      perform: () => this.store.queue.isolate(workerId, suspect),
    });
  }

  override recover(): Promise<number> {
    return this.link.call({
      subject: { kind: 'recover' },
      writes: true,
      perform: () => this.store.queue.recover(),
    });
  }

  override matchCapabilities(
    capabilities: readonly string[],
  ): Promise<{ suspended: number; resumed: number }> {
    return this.link.call({
      subject: { kind: 'match', capabilities },
      writes: true,
      perform: () => this.store.queue.matchCapabilities(capabilities),
    });
  }
}

/** Reads and orders behind a link. */
export class LinkedExecutionStore extends ExecutionStore {
  constructor(
    private readonly link: Link,
    private readonly store: ModelStore,
  ) {
    super();
  }

  override find(key: ExecutionKey): Promise<ExecutionSnapshot | undefined> {
    return this.link.call({
      subject: { kind: 'find', keys: [key] },
      writes: false,
      perform: () => this.store.executions.find(key),
    });
  }

  override findEnded(keys: readonly ExecutionKey[]): Promise<readonly ExecutionSnapshot[]> {
    return this.link.call({
      subject: { kind: 'find', keys },
      writes: false,
      perform: () => this.store.executions.findEnded(keys),
    });
  }

  override cancel(key: ExecutionKey, errors: string, message: string): Promise<CancelOutcome> {
    return this.link.call({
      subject: { kind: 'cancel', key },
      writes: true,
      locks: { rule: 'cancel.waits-for-transactions', keys: [key] },
      perform: () => this.store.executions.cancel(key, errors, message),
    });
  }

  override retry(key: ExecutionKey): Promise<RetryOutcome> {
    return this.link.call({
      subject: { kind: 'retry', key },
      writes: true,
      perform: () => this.store.executions.retry(key),
    });
  }

  override list = (): never => leftOut('lists');
  override countByStatus = (): never => leftOut('counts');
  override expireKey = (): never => leftOut('lifetime of keys');
}

export class NoEnlistedStarts extends EnlistedStarts {
  override create = (): never => leftOut('starts in a transaction');
}

/** What a script asks for that shall be lost in the store. */
const garbled = (record: JournalRecord): JournalRecord =>
  record.kind === 'create' && record.execution.input.startsWith('{"garbled":true')
    ? { kind: 'create', execution: { ...record.execution, input: '{"garbled' } }
    : record;

/** The journal's store behind a link. */
export class LinkedJournalStore implements JournalStore {
  readonly flushesInFlight: number;
  readonly laneOf?: (record: JournalRecord) => string;

  constructor(
    private readonly link: Link,
    private readonly store: ModelStore,
    { embedded, flushesInFlight }: Plan,
  ) {
    this.flushesInFlight = flushesInFlight;
    if (!embedded) this.laneOf = laneOf;
  }

  flush(batch: readonly JournalRecord[]): Promise<readonly JournalOutcome[]> {
    return this.link.call({
      subject: { kind: 'flush', batch },
      writes: true,
      locks: { rule: 'apply.waits-for-transactions', keys: lockedBy(batch) },
      perform: () => this.store.journal.flush(batch.map(garbled)),
    });
  }

  createWithin = (): never => leftOut('starts in a transaction');
}

/** The engine's own transactional steps, whose connection is a link. */
export const linkedTransactions = (
  life: Life,
  link: Link,
  network: Network,
  clock: Clock,
): StepTransactions =>
  new SqlStepTransactions(
    sessionsOver(life, link, network),
    connectionOver(link, network),
    statementsOf(network.plan),
    clock,
    new Patience(clock, network.chance),
    network.plan.lease,
  );

/** What the engine asks of a connection beside its ports: to look for the end of a transaction. */
export function connectionOver(link: Link, { database }: Network): StoreConnection {
  const query: Query = (statement, parameters) => {
    const [tenantId, executionId] = parameters as [string, string];
    const subject = { kind: 'statement', name: statement } as const;
    return statement === AWAIT_OWN_END
      ? link.call<Row[]>({
          subject,
          writes: true,
          locks: { rule: 'transaction.awaits-own-end', keys: [{ tenantId, executionId }] },
          perform: () => [],
        })
      : link.call({
          subject,
          writes: false,
          perform: () => findOwnCheckpoint(database.store, parameters),
        });
  };
  return {
    read: (work) => work(query),
    transaction: (work) => work(query),
    migrate: () => leftOut('migrations'),
    refuseReentry: () => undefined,
    close: () => Promise.resolve(),
  };
}
