import { ConfigurableModuleBuilder } from '@nestjs/common';
import { EXECUTIONS_PATH } from './http/execution-location.js';
import { executionsController } from './http/executions.controller.js';
import type { WorkflowModuleExtras, WorkflowModuleOptions } from './workflow-options.interface.js';

const EXTRAS: WorkflowModuleExtras = { isGlobal: true, path: 'workflows' };

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<WorkflowModuleOptions>({ moduleName: 'Workflow' })
    .setClassMethodName('forRoot')
    .setExtras(EXTRAS, (definition, { isGlobal = true, path = 'workflows' }) => ({
      ...definition,
      global: isGlobal,
      controllers: path === false ? [] : [executionsController(path)],
      providers: [...(definition.providers ?? []), { provide: EXECUTIONS_PATH, useValue: path }],
    }))
    .build();
