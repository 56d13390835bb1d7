import { Module, ValidationPipe, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { WorkflowExceptionFilter, WorkflowModule } from '@luxgen/workflow';
import { ActivityModule } from './activity/activity.module.js';
import { ApiKeyGuard } from './auth/api-key.guard.js';
import { ApiKeys } from './auth/api-keys.js';
import type { DemoEnvironment } from './configuration/demo-environment.js';
import { EnvironmentModule } from './configuration/environment.module.js';
import { TENANTS } from './configuration/tenants.js';
import { DatabaseModule } from './database/database.module.js';
import { ExecutionsController } from './executions/executions.controller.js';
import { HealthController } from './health/health.controller.js';
import { JobPostsModule } from './job-posts/job-posts.module.js';
import { MailModule } from './mail/mail.module.js';
import { UsersModule } from './users/users.module.js';

const VALIDATION = new ValidationPipe({
  whitelist: true,
  forbidNonWhitelisted: true,
  transform: true,
  errorHttpStatusCode: 422,
});

@Module({
  imports: [
    DatabaseModule,
    WorkflowModule.forRoot({ tenancy: { tenants: TENANTS } }),
    ActivityModule,
    JobPostsModule,
    MailModule,
    UsersModule,
  ],
  controllers: [ExecutionsController, HealthController],
  providers: [
    ApiKeys,
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    { provide: APP_PIPE, useValue: VALIDATION },
    { provide: APP_FILTER, useClass: WorkflowExceptionFilter },
  ],
})
export class AppModule {
  static forRoot(environment: DemoEnvironment): DynamicModule {
    return { module: AppModule, imports: [EnvironmentModule.forRoot(environment)] };
  }
}
