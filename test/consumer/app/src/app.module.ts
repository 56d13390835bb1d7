import { Module, ValidationPipe } from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';
import { WorkflowModule } from '@luxgen/workflow';
import { ApiKeyGuard } from './api-key.guard.js';
import { TENANTS } from './tenants.js';
import { UserRegistrationWorkflow } from './user-registration.workflow.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [WorkflowModule.forRoot({ tenancy: { tenants: TENANTS } })],
  controllers: [UsersController],
  providers: [
    UserRegistrationWorkflow,
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true, transform: true }) },
  ],
})
export class AppModule {}
