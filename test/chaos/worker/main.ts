// The program that is killed: a Nest application that does what the harness tells it over IPC.
import 'reflect-metadata';
import {
  Module,
  type DynamicModule,
  type INestApplicationContext,
  type OnModuleDestroy,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  isWorkflowException,
  WorkflowManager,
  WorkflowModule,
  type StartedWorkflow,
} from '@luxgen/workflow';
import type { DataSource } from 'typeorm';
import { openDataSource } from './data-source.js';
import { Effects } from './effects.js';
import { Failpoint } from './failpoint.js';
import { handwrittenOrder } from './handwritten-order.js';
import type {
  Answer,
  Ask,
  OrderMessage,
  OrderName,
  WorkerMessage,
  WorkerSettings,
} from './protocol.js';
import { transfer, WORKFLOWS } from './workflows.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings;
const failpoint = new Failpoint(process.env['FAIL_AT']);
const send = (message: WorkerMessage): void => void process.send?.(message);
const effects = new Effects(settings.effects, failpoint, send);

/** Tells the harness that the shutdown has begun. */
class ShutdownNotice implements OnModuleDestroy {
  onModuleDestroy(): void {
    send({ kind: 'shutting-down' });
  }
}

@Module({})
class WorkerModule {
  static with(dataSource: DataSource | undefined): DynamicModule {
    const { database, concurrency = 2, lockTimeout = 10_000, drainTimeout, workflows } = settings;
    const lease = settings.lease === undefined ? {} : { lease: settings.lease };
    return {
      module: WorkerModule,
      imports: [
        WorkflowModule.forRoot({
          store: { lockTimeout, ...lease, ...(dataSource ? { dataSource } : { database }) },
          limits: { concurrency },
          // Whatever waits for longer than this is parked.
          longestWaitInMemory: 1,
          pollInterval: settings.pollInterval ?? 100,
          ...(drainTimeout === undefined ? {} : { drainTimeout }),
        }),
      ],
      providers: [
        { provide: Effects, useValue: effects },
        ShutdownNotice,
        ...workflows.map((name) => WORKFLOWS[name]),
      ],
    };
  }
}

let app: INestApplicationContext;
let dataSource: DataSource | undefined;
const started = new Map<string, StartedWorkflow<unknown>>();

const execute: { readonly [K in OrderName]: (ask: Ask<K>) => Promise<Answer<K>> } = {
  async start({ key, workflow = 'order', ballast = 0 }) {
    const input = { key, ...(ballast > 0 ? { ballast: 'x'.repeat(ballast) } : {}) };
    const handle = await manager().startWorkflow(workflow, input, { idempotencyKey: key });
    if (!handle.accepted) throw new Error(JSON.stringify(await handle.result()));
    started.set(key, handle);
    const { executionId, joined } = handle;
    return { executionId, joined };
  },
  async startInTransaction({ key }) {
    return requireDataSource().transaction(async (transaction) => {
      await transfer(transaction, key, 'order');
      const options = { manager: transaction, idempotencyKey: key };
      const handle = await manager().startWorkflow('transfer', { key }, options);
      if (!handle.accepted) throw new Error(JSON.stringify(await handle.result()));
      started.set(key, handle);
      const { executionId, joined } = handle;
      return { executionId, joined };
    });
  },
  async arm({ failAt }) {
    failpoint.arm(failAt);
    return true;
  },
  async failed() {
    return failpoint.hasFailed;
  },
  async result({ key }) {
    const result = await started.get(key)?.result();
    if (!result) throw new RangeError(`Nothing was started under "${key}"`);
    const { success, statusCode } = result;
    return { success, statusCode, data: success ? result.data : undefined };
  },
  async find({ executionId }) {
    const execution = await manager().getExecutionStatus(executionId);
    return execution && { status: execution.status, reason: execution.reason };
  },
  cancel: ({ executionId }) => manager().cancelExecution(executionId),
  retry: async ({ executionId }) => (await manager().retryExecution(executionId)).success,
  async register() {
    manager().registerWorkflow(effects, handwrittenOrder(effects));
    return true;
  },
  async release({ key }) {
    effects.open(key);
    return true;
  },
  async mend({ key }) {
    effects.mended.add(key);
    return true;
  },
  async pages({ pages }) {
    await requireDataSource().query(`PRAGMA max_page_count = ${pages}`);
    return true;
  },
  async stop() {
    await app.close();
    if (dataSource?.isInitialized) await dataSource.destroy();
    return true;
  },
};

const manager = (): WorkflowManager => app.get(WorkflowManager);

function requireDataSource(): DataSource {
  if (dataSource) return dataSource;
  throw new TypeError('This needs a worker with a DataSource of its own.');
}

const obey = async <K extends OrderName>({ id, name, ask }: OrderMessage<K>): Promise<void> => {
  try {
    send({ kind: 'answer', id, answer: await execute[name](ask) });
  } catch (error) {
    const code = isWorkflowException(error) ? error.code : 'UNEXPECTED';
    send({ kind: 'refusal', id, code, text: String(error) });
  }
  // Nothing may keep the process alive after this but what is unfinished.
  if (name === 'stop') process.off('disconnect', abandon).disconnect();
};

/** The harness is gone. */
const abandon = (): void => process.exit(1);

process.on('disconnect', abandon);
send({ kind: 'booting' });
try {
  dataSource = await openDataSource(settings, failpoint);
  if (settings.workflows.includes('transfer')) {
    await dataSource?.query('CREATE TABLE IF NOT EXISTS transfer (key text, step text)');
  }
  if (settings.pages) await execute.pages({ pages: settings.pages });
  app = await NestFactory.createApplicationContext(WorkerModule.with(dataSource), {
    abortOnError: false,
    logger: ['warn', 'error'],
  });
  app.enableShutdownHooks([], { useProcessExit: settings.exitByCode ?? false });
  process.on('message', (message: OrderMessage) => void obey(message));
  send({ kind: 'ready' });
} catch (error) {
  const code = isWorkflowException(error) ? error.code : 'UNEXPECTED';
  send({ kind: 'boot-failed', code, text: String(error) });
  process.off('disconnect', abandon).disconnect();
}
