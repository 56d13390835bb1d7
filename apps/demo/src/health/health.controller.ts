import { Controller, Get } from '@nestjs/common';
import { WorkflowHealth, type HealthReport } from '@luxgen/workflow';
import { Public } from '../auth/public.decorator.js';

@Controller('health')
export class HealthController {
  constructor(private readonly health: WorkflowHealth) {}

  /** Open to everybody, so it does not say why. */
  @Get()
  @Public()
  check(): Pick<HealthReport, 'status'> {
    const { status } = this.health.report();
    return { status };
  }
}
