import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { UsageMeter } from './context/usage-meter.js';
import { WorkflowRegistrar } from './discovery/workflow.registrar.js';
import { EngineLog } from './engine/engine.port.js';
import { openStore } from './persistence/open-store.js';
import { WorkflowException } from './result/workflow.exception.js';
import { Clock } from './runtime/clock.js';
import { Random } from './runtime/random.js';
import { WorkflowHealth } from './runtime/workflow-health.js';
import type { WorkflowModuleOptions } from './workflow-options.interface.js';
import { WorkflowRuntime } from './workflow-runtime.js';
import { WORKFLOW_SETTINGS, type WorkflowSettings } from './workflow-settings.js';
import { MODULE_OPTIONS_TOKEN } from './workflow.module-definition.js';

/**
 * Opens the engine with the application and closes it in the order in which Nest takes an
 * application apart: no new work first, then the rest of the old, while databases are still open.
 */
@Injectable()
export class WorkflowOrchestrator
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown
{
  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: WorkflowModuleOptions,
    @Inject(WORKFLOW_SETTINGS) private readonly settings: WorkflowSettings,
    private readonly runtime: WorkflowRuntime,
    private readonly registrar: WorkflowRegistrar,
    private readonly moduleRef: ModuleRef,
    private readonly modules: ModulesContainer,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly meter: UsageMeter,
    private readonly log: EngineLog,
    private readonly health: WorkflowHealth,
  ) {}

  async onModuleInit(): Promise<void> {
    this.refuseSecondModule();
    this.registrar.registerDiscovered(this.settings.globalEnhancers);
    const dataSource = this.dataSource();
    if (!dataSource) {
      const { database } = this.settings;
      this.log.note({
        code: 'EMBEDDED_DATABASE',
        message: `Executions are kept in "${database}".`,
      });
    }
    if (!this.options.tenancy) {
      this.log.note({
        code: 'SINGLE_TENANT',
        message: 'No tenancy is configured: everything belongs to the tenant "default".',
      });
    }
    await this.runtime.open(
      await openStore(this.settings, dataSource, {
        clock: this.clock,
        random: this.random,
        meter: this.meter,
        log: this.log,
        health: this.health,
      }),
    );
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runtime.begin();
  }

  onModuleDestroy(): void {
    this.runtime.stopClaiming();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.runtime.close();
  }

  /** The one the options name; none if they name a file; else the application's default one, if any. */
  private dataSource(): DataSource | undefined {
    const { dataSource, database } = this.options.store ?? {};
    if (typeof dataSource === 'object') return dataSource;
    if (dataSource === undefined && database !== undefined) return undefined;
    try {
      return this.moduleRef.get<DataSource>(getDataSourceToken(dataSource), { strict: false });
    } catch {
      if (dataSource === undefined) return undefined;
      throw new WorkflowException(
        'MODULE_OPTION_INVALID',
        `store.dataSource: TypeOrmModule has no DataSource named "${dataSource}".`,
      );
    }
  }

  private refuseSecondModule(): void {
    const own = [...this.modules.values()].filter((module) =>
      [...module.providers.values()].some(({ metatype }) => metatype === WorkflowOrchestrator),
    );
    if (own.length < 2) return;
    throw new WorkflowException(
      'MODULE_IMPORTED_TWICE',
      `WorkflowModule is configured ${own.length} times. Call forRoot() once, in the root module.`,
    );
  }
}
