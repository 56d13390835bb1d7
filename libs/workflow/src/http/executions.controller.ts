import {
  All,
  Controller,
  Get,
  Param,
  Res,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { WorkflowException } from '../result/workflow.exception.js';
import { createSuccessResult } from '../result/result-builders.js';
import type { WorkflowResult } from '../result/workflow-result.js';
import { TenantGuard } from '../tenancy/tenant.guard.js';
import { WorkflowManager } from '../workflow-manager.service.js';
import { executionNotFound } from '../workflow-runtime.js';
import { publicExecution } from './public-execution.js';
import { WorkflowExceptionFilter } from './workflow-exception.filter.js';
import { WorkflowResultInterceptor } from './workflow-result.interceptor.js';

/** The one read route: what the `Location` of a 202 names. */
export function executionsController(path: string): Type<object> {
  // A route of the module has no version of the application's.
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(TenantGuard)
  @UseInterceptors(WorkflowResultInterceptor)
  @UseFilters(WorkflowExceptionFilter)
  class ExecutionsController {
    constructor(
      private readonly manager: WorkflowManager,
      private readonly adapterHost: HttpAdapterHost,
    ) {}

    @Get('executions/:id')
    async one(@Param('id') id: string): Promise<WorkflowResult<unknown>> {
      const execution = await this.manager.getExecutionStatus(id);
      if (!execution) throw executionNotFound(id);
      return createSuccessResult(
        publicExecution(execution),
        `The execution is ${execution.status}`,
      );
    }

    @All('executions/:id')
    refuse(@Res({ passthrough: true }) response: unknown): never {
      this.adapterHost.httpAdapter.setHeader(response, 'Allow', 'GET, HEAD');
      throw new WorkflowException('METHOD_NOT_ALLOWED', 'This address answers GET only.');
    }
  }
  return ExecutionsController;
}
