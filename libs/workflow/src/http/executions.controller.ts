import {
  Controller,
  Delete,
  Get,
  Header,
  Param,
  Patch,
  Post,
  Put,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { WorkflowException } from '../result/workflow.exception.js';
import { createSuccessResult } from '../result/result-builders.js';
import type { WorkflowResult } from '../result/workflow-result.js';
import { TenantGuard } from '../tenancy/tenant.guard.js';
import { WorkflowManager } from '../workflow-manager.service.js';
import { executionNotFound } from '../result/execution.exceptions.js';
import { WorkflowExceptionFilter } from './workflow-exception.filter.js';
import { WorkflowResultInterceptor } from './workflow-result.interceptor.js';

const ALLOWED = 'GET, HEAD';

const getOnly = (): WorkflowException =>
  new WorkflowException('METHOD_NOT_ALLOWED', 'This address answers GET only.');

/** The one read route: what the `Location` of a 202 names. */
export function executionsController(path: string): Type<object> {
  // A route of the module has no version of the application's.
  @Controller({ path, version: VERSION_NEUTRAL })
  @UseGuards(TenantGuard)
  @UseInterceptors(WorkflowResultInterceptor)
  @UseFilters(WorkflowExceptionFilter)
  class ExecutionsController {
    constructor(private readonly manager: WorkflowManager) {}

    @Get('executions/:id')
    async one(@Param('id') id: string): Promise<WorkflowResult<unknown>> {
      const execution = await this.manager.getExecutionStatus(id);
      if (!execution) throw executionNotFound(id);
      return createSuccessResult(execution, `The execution is ${execution.status}`);
    }

    // Not @All(): Fastify refuses a second handler for GET, and the whole application with it.
    @Post('executions/:id')
    @Header('Allow', ALLOWED)
    refusePost(): never {
      throw getOnly();
    }

    @Put('executions/:id')
    @Header('Allow', ALLOWED)
    refusePut(): never {
      throw getOnly();
    }

    @Patch('executions/:id')
    @Header('Allow', ALLOWED)
    refusePatch(): never {
      throw getOnly();
    }

    @Delete('executions/:id')
    @Header('Allow', ALLOWED)
    refuseDelete(): never {
      throw getOnly();
    }
  }
  return ExecutionsController;
}
