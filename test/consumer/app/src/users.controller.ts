import { Body, Controller, Get, Param, Post, Req, UseInterceptors } from '@nestjs/common';
import { RunWorkflow, WorkflowManager, WorkflowResultInterceptor } from '@luxgen/workflow';
import type { AuthenticatedRequest } from './api-key.guard.js';
import { RegisterUserDto } from './register-user.dto.js';
import { UserRegistrationWorkflow } from './user-registration.workflow.js';

@Controller('api/v1/users')
export class UsersController {
  constructor(private readonly workflows: WorkflowManager) {}

  @Post()
  @RunWorkflow(UserRegistrationWorkflow, { wait: '5s' })
  register(@Body() _dto: RegisterUserDto) {}

  @Get('count')
  async count(@Req() request: AuthenticatedRequest) {
    const executions = await this.workflows.getTenantExecutions(request.user.tenantId);
    return { count: executions.length };
  }

  @Get(':id')
  @UseInterceptors(WorkflowResultInterceptor)
  one(@Param('id') id: string) {
    return this.workflows.getExecutionStatus(id);
  }
}
