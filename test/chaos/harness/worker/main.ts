// A worker of the harness: a Nest application that starts what it is told to, and is killed.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WorkflowManager, WorkflowModule, type TenantConfiguration } from '@luxgen/workflow';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Effects } from './effects.js';
import { observedDriver } from './observed-driver.js';
import {
  BOOT_REFUSED,
  TENANTS,
  type Command,
  type Report,
  type WorkerSettings,
} from './protocol.js';
import { EndsInJournal, EndsInTransaction } from './workflows.js';

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings;
const { life, store, lease } = settings;
const report = (message: Report): void => void process.send?.(message);

/** Boots that are tried while the database does not answer, and milliseconds between them. */
const MOST_BOOTS = 20;
const BOOT_PAUSE = 500;

const tenant = (id: string): TenantConfiguration => ({
  id,
  slug: id,
  name: id,
  features: [],
  limits: {},
  branding: {},
  security: {
    encryptionEnabled: false,
    passwordPolicy: {
      minLength: 8,
      requireUppercase: true,
      requireLowercase: true,
      requireNumbers: true,
      requireSpecialChars: true,
      maxAge: 90,
    },
  },
  dataRetention: {},
});

@Module({})
class WorkerModule {
  static on(dataSource: DataSource): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        WorkflowModule.forRoot({
          tenancy: { tenants: TENANTS.map(tenant) },
          store: { dataSource, lease },
          // What waits for its next attempt is parked, and claimed by whoever comes first.
          longestWaitInMemory: 50,
        }),
      ],
      providers: [
        { provide: Effects, useValue: Effects.of(store, settings.longestWork) },
        EndsInJournal,
        EndsInTransaction,
      ],
    };
  }
}

function dataSourceOptions(): DataSourceOptions {
  if (store.kind === 'sqlite') {
    const driver: unknown = createRequire(import.meta.url)('libsql');
    return { type: 'better-sqlite3', driver, database: store.file, timeout: 0 };
  }
  const { user: username, ...address } = store.engine;
  return {
    type: 'postgres',
    ...address,
    username,
    applicationName: life,
    driver: observedDriver(settings.unfenced, (writes) => report({ kind: 'fenced', writes })),
    connectTimeoutMS: 5_000,
    poolSize: 10,
    extra: { query_timeout: 15_000 },
  };
}

const execute = async (dataSource: DataSource, statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await dataSource.query(statement);
};

async function openDataSource(): Promise<DataSource> {
  for (let boots = 1; ; boots += 1) {
    try {
      return await new DataSource(dataSourceOptions()).initialize();
    } catch (error) {
      if (boots === MOST_BOOTS) throw error;
      await pause(BOOT_PAUSE);
    }
  }
}

async function boot(): Promise<{ app: INestApplicationContext; dataSource: DataSource }> {
  const dataSource = await openDataSource();
  await execute(dataSource, settings.beforeBoot);
  const app = await NestFactory.createApplicationContext(WorkerModule.on(dataSource), {
    abortOnError: false,
  });
  await execute(dataSource, settings.afterBoot);
  return { app, dataSource };
}

/** The harness is gone. */
const abandon = (): void => process.exit(1);

process.on('disconnect', abandon);
const { app, dataSource } = await boot().catch((error: unknown) => {
  console.error(error);
  return process.exit(BOOT_REFUSED);
});
const manager = app.get(WorkflowManager);

const answers: {
  readonly [K in 'start' | 'remaining']: (
    command: Extract<Command, { kind: K }>,
  ) => Promise<string | number>;
} = {
  async start({ tenant, workflow, order }) {
    const handle = await manager.runAsTenant(tenant, () =>
      manager.startWorkflow(workflow, order, { idempotencyKey: order.key }),
    );
    if (!handle.accepted) throw new Error(JSON.stringify(await handle.result()));
    return handle.executionId;
  },
  async remaining() {
    const [row] = await dataSource.query<{ tasks: number }[]>(
      'SELECT count(*) AS tasks FROM workflow_task',
    );
    return row?.tasks ?? 0;
  },
};

async function stop(): Promise<void> {
  await app.close();
  await dataSource.destroy();
  process.exit(0);
}

async function obey(command: Command): Promise<void> {
  if (command.kind === 'stop') return stop();
  const { id } = command;
  try {
    const answer = answers[command.kind] as (given: Command) => Promise<string | number>;
    report({ kind: 'answer', id, value: await answer(command) });
  } catch (error) {
    report({ kind: 'refusal', id, text: String(error) });
  }
}

process.on('message', (command: Command) => void obey(command));
report({ kind: 'ready' });
