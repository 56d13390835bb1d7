import { Controller, Get, Param, UseGuards, UseInterceptors } from '@nestjs/common';
import { TenantGuard, WorkflowResultInterceptor, type TenantConfiguration } from '@luxgen/workflow';
import { CurrentTenant } from '../auth/current-tenant.decorator.js';
import { StepRuns, type StepRunView } from './step-runs.js';

@Controller('api/v1/executions/:executionId/step-runs')
@UseGuards(TenantGuard)
@UseInterceptors(WorkflowResultInterceptor)
export class StepRunsController {
  constructor(private readonly runs: StepRuns) {}

  @Get()
  list(
    @CurrentTenant() { id }: TenantConfiguration,
    @Param('executionId') executionId: string,
  ): Promise<StepRunView[]> {
    return this.runs.list(id, executionId);
  }
}
