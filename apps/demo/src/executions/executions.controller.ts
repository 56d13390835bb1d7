import { Controller, Get, Param, UseGuards, UseInterceptors } from '@nestjs/common';
import {
  TenantGuard,
  WorkflowManager,
  WorkflowResultInterceptor,
  type WorkflowExecution,
} from '@luxgen/workflow';

@Controller('api/v1/executions')
@UseGuards(TenantGuard)
export class ExecutionsController {
  constructor(private readonly workflows: WorkflowManager) {}

  @Get(':id')
  @UseInterceptors(WorkflowResultInterceptor)
  one(@Param('id') id: string): Promise<WorkflowExecution | undefined> {
    return this.workflows.getExecutionStatus(id);
  }
}
