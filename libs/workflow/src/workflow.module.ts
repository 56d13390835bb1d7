import { Module, type MiddlewareConsumer, type NestModule, type Provider } from '@nestjs/common';
import { APP_INTERCEPTOR, DiscoveryModule } from '@nestjs/core';
import { UsageMeter } from './context/usage-meter.js';
import { StepHandlers } from './discovery/step-handlers.js';
import { WorkflowDefinitions } from './discovery/workflow.definitions.js';
import { WorkflowExplorer } from './discovery/workflow.explorer.js';
import { WorkflowMetadataAccessor } from './discovery/workflow-metadata.accessor.js';
import { WorkflowRegistrar } from './discovery/workflow.registrar.js';
import { EngineLog } from './engine/engine.port.js';
import { ExecutionLocation } from './http/execution-location.js';
import { NestEngineLog } from './nest-engine.log.js';
import { WorkflowException } from './result/workflow.exception.js';
import { Clock, SystemClock } from './runtime/clock.js';
import { IdGenerator, UuidGenerator } from './runtime/id-generator.js';
import { Random, SystemRandom } from './runtime/random.js';
import { WorkflowHealth } from './runtime/workflow-health.js';
import { SINGLE_TENANT } from './tenancy/single-tenant.js';
import { TenantAccess } from './tenancy/tenant-access.js';
import { TenantContextInterceptor } from './tenancy/tenant-context.interceptor.js';
import { TenantContextMiddleware } from './tenancy/tenant-context.middleware.js';
import { TenantGuard } from './tenancy/tenant.guard.js';
import { TenantLookup } from './tenancy/tenant-lookup.js';
import {
  RequestTenantResolver,
  SingleTenantResolver,
  TenantResolver,
} from './tenancy/tenant-resolver.js';
import { TenantScope } from './tenancy/tenant-scope.js';
import { WorkflowManager } from './workflow-manager.service.js';
import type { WorkflowModuleOptions } from './workflow-options.interface.js';
import { WorkflowOrchestrator } from './workflow.orchestrator.js';
import { WorkflowRuntime } from './workflow-runtime.js';
import { settingsOf, WORKFLOW_SETTINGS, type WorkflowSettings } from './workflow-settings.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './workflow.module-definition.js';

const SHARED = [
  WorkflowManager,
  TenantGuard,
  TenantResolver,
  TenantScope,
  Clock,
  ExecutionLocation,
  WorkflowHealth,
];

const PROVIDERS: Provider[] = [
  {
    // What forRoot() provides takes its place; a bare import is left with this.
    provide: MODULE_OPTIONS_TOKEN,
    useFactory: (): never => {
      throw new WorkflowException(
        'MODULE_NOT_CONFIGURED',
        'WorkflowModule was imported without options. Import WorkflowModule.forRoot() instead.',
      );
    },
  },
  { provide: Clock, useClass: SystemClock },
  { provide: Random, useClass: SystemRandom },
  { provide: IdGenerator, useClass: UuidGenerator },
  { provide: EngineLog, useClass: NestEngineLog },
  UsageMeter,
  WorkflowHealth,
  {
    provide: WORKFLOW_SETTINGS,
    inject: [MODULE_OPTIONS_TOKEN],
    useFactory: (options: WorkflowModuleOptions): WorkflowSettings =>
      settingsOf(options, process.env['NODE_ENV'] ?? ''),
  },
  TenantScope,
  {
    provide: TenantLookup,
    inject: [MODULE_OPTIONS_TOKEN, Clock],
    useFactory: ({ tenancy }: WorkflowModuleOptions, clock: Clock): TenantLookup =>
      new TenantLookup(tenancy?.tenants ?? [SINGLE_TENANT], clock),
  },
  {
    provide: TenantResolver,
    inject: [MODULE_OPTIONS_TOKEN, TenantScope, TenantLookup],
    useFactory: (
      { tenancy }: WorkflowModuleOptions,
      scope: TenantScope,
      lookup: TenantLookup,
    ): TenantResolver =>
      tenancy
        ? new RequestTenantResolver(scope, lookup, tenancy)
        : new SingleTenantResolver(scope, SINGLE_TENANT),
  },
  {
    provide: TenantAccess,
    inject: [MODULE_OPTIONS_TOKEN, TenantScope, TenantLookup, TenantResolver],
    useFactory: (
      { tenancy }: WorkflowModuleOptions,
      scope: TenantScope,
      lookup: TenantLookup,
      resolver: TenantResolver,
    ): TenantAccess =>
      new TenantAccess(scope, lookup, resolver, tenancy ? undefined : SINGLE_TENANT),
  },
  TenantGuard,
  { provide: APP_INTERCEPTOR, useClass: TenantContextInterceptor },
  WorkflowMetadataAccessor,
  WorkflowExplorer,
  StepHandlers,
  WorkflowDefinitions,
  WorkflowRegistrar,
  {
    provide: WorkflowRuntime,
    inject: [
      WORKFLOW_SETTINGS,
      WorkflowDefinitions,
      TenantAccess,
      Clock,
      Random,
      IdGenerator,
      UsageMeter,
      EngineLog,
      WorkflowHealth,
    ],
    useFactory: (
      settings: WorkflowSettings,
      definitions: WorkflowDefinitions,
      tenants: TenantAccess,
      clock: Clock,
      random: Random,
      ids: IdGenerator,
      meter: UsageMeter,
      log: EngineLog,
      health: WorkflowHealth,
    ): WorkflowRuntime =>
      new WorkflowRuntime({
        settings,
        definitions,
        tenants,
        clock,
        random,
        ids,
        meter,
        log,
        health,
      }),
  },
  WorkflowManager,
  WorkflowOrchestrator,
  ExecutionLocation,
];

/**
 * Durable, multi-tenant workflows as Nest providers. Import it once, in the root module.
 *
 * @example WorkflowModule.forRoot({ tenancy: { tenants } })
 * @publicApi
 */
@Module({ imports: [DiscoveryModule], providers: PROVIDERS, exports: SHARED })
export class WorkflowModule extends ConfigurableModuleClass implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(TenantContextMiddleware).forRoutes('{*path}');
  }
}
