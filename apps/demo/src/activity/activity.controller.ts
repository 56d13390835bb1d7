import { Controller, Get, UseGuards, UseInterceptors } from '@nestjs/common';
import { TenantGuard, WorkflowResultInterceptor, type TenantConfiguration } from '@luxgen/workflow';
import { CurrentTenant } from '../auth/current-tenant.decorator.js';
import { ActivityLog, type ActivityView } from './activity-log.js';

@Controller('api/v1/activity')
@UseGuards(TenantGuard)
@UseInterceptors(WorkflowResultInterceptor)
export class ActivityController {
  constructor(private readonly activities: ActivityLog) {}

  @Get()
  list(@CurrentTenant() { id }: TenantConfiguration): Promise<ActivityView[]> {
    return this.activities.list(id);
  }
}
