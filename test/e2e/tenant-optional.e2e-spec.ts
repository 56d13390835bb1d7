import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  TenantGuard,
  TenantOptional,
  WorkflowExceptionFilter,
  WorkflowHealth,
  WorkflowModule,
} from '@luxgen/workflow';
import { ACME } from '../support/tenants.js';

@Controller()
class HealthController {
  constructor(private readonly workflows: WorkflowHealth) {}

  @Get('health')
  @TenantOptional()
  health() {
    return this.workflows.report();
  }

  @Get('private')
  secret() {
    return 'of a tenant';
  }
}

@Module({
  imports: [
    WorkflowModule.forRoot({ tenancy: { tenants: [ACME] }, store: { database: ':memory:' } }),
  ],
  controllers: [HealthController],
  providers: [
    { provide: APP_GUARD, useClass: TenantGuard },
    { provide: APP_FILTER, useClass: WorkflowExceptionFilter },
  ],
})
class AppModule {}

describe('an application that guards everything', () => {
  let app: INestApplication;
  let address: string;
  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication();
    app.useLogger(false);
    await app.listen(0, '127.0.0.1');
    address = await app.getUrl();
  });
  afterAll(() => app.close());

  it('lets an optional route pass without a tenant', async () => {
    const response = await fetch(`${address}/health`);

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok', reasons: [] });
  });

  it('refuses every other route', async () => {
    const response = await fetch(`${address}/private`);

    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ code: 'AUTH_REQUIRED' }] });
  });
});
