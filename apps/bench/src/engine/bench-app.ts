import { Module, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WorkflowManager, WorkflowModule, type WorkflowModuleOptions } from '@luxgen/workflow';
import { DataSource } from 'typeorm';
import type { Database } from '../databases/database.js';

/** The engine as an application uses it. */
export interface BenchApp {
  readonly app: INestApplicationContext;
  readonly manager: WorkflowManager;
  readonly close: () => Promise<void>;
}

@Module({})
class BenchModule {}

/** An application context with the workflows as its providers. */
export async function openApp(
  database: Database,
  providers: readonly Type[],
  options: WorkflowModuleOptions = {},
): Promise<BenchApp> {
  const store = await storeOn(database);
  const app = await NestFactory.createApplicationContext(
    {
      module: BenchModule,
      imports: [WorkflowModule.forRoot({ ...options, store: store.options })],
      providers: [...providers],
    },
    { logger: false, abortOnError: false },
  );
  return {
    app,
    manager: app.get(WorkflowManager),
    async close() {
      await app.close();
      await store.close();
    },
  };
}

interface OpenedStore {
  readonly options: NonNullable<WorkflowModuleOptions['store']>;
  close(): Promise<void>;
}

async function storeOn(database: Database): Promise<OpenedStore> {
  if (database.store === 'sqlite') {
    return { options: { database: database.file }, close: () => Promise.resolve() };
  }
  const { user, ...connection } = database.connection;
  const dataSource = await new DataSource({
    type: 'postgres',
    username: user,
    ...connection,
  }).initialize();
  return { options: { dataSource }, close: () => dataSource.destroy() };
}
