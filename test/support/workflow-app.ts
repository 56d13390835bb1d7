import type {
  INestApplicationContext,
  LoggerService,
  ModuleMetadata,
  Provider,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Clock,
  Random,
  WorkflowManager,
  WorkflowModule,
  type WorkflowModuleExtras,
  type WorkflowModuleOptions,
} from '@luxgen/workflow';
import { ACME, GLOBEX } from './tenants.js';

/** An application without HTTP, on a database in memory unless the options say otherwise. */
export interface WorkflowApp {
  readonly app: INestApplicationContext;
  readonly manager: WorkflowManager;
  close(): Promise<void>;
}

interface WorkflowAppSetup {
  readonly providers?: Provider[];
  readonly imports?: ModuleMetadata['imports'];
  readonly options?: WorkflowModuleOptions & WorkflowModuleExtras;
  readonly clock?: Clock;
  readonly random?: Random;
  /** From its boot on; nobody when it is left out. */
  readonly log?: LoggerService;
}

export const IN_MEMORY: WorkflowModuleOptions = {
  tenancy: { tenants: [ACME, GLOBEX] },
  store: { database: ':memory:' },
};

export async function workflowApp({
  providers = [],
  imports = [],
  options = {},
  clock,
  random,
  log,
}: WorkflowAppSetup): Promise<WorkflowApp> {
  const builder = Test.createTestingModule({
    imports: [...imports, WorkflowModule.forRoot({ ...IN_MEMORY, ...options })],
    providers,
  });
  if (clock) builder.overrideProvider(Clock).useValue(clock);
  if (random) builder.overrideProvider(Random).useValue(random);
  const app = await builder.compile();
  app.useLogger(log ?? false);
  try {
    await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
  return { app, manager: app.get(WorkflowManager), close: () => app.close() };
}
