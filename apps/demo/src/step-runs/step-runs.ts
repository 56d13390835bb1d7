import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { WorkflowContext } from '@luxgen/workflow';
import { randomUUID } from 'node:crypto';
import { Repository } from 'typeorm';
import { StepRun } from './step-run.entity.js';

export type StepRunView = Pick<StepRun, 'stepId' | 'processId' | 'beganAt'>;

/** Which steps ran, how often, and in which process. */
@Injectable()
export class StepRuns {
  constructor(@InjectRepository(StepRun) private readonly runs: Repository<StepRun>) {}

  async add({ tenantId, executionId, stepId }: WorkflowContext): Promise<void> {
    await this.runs.insert({
      tenantId,
      id: randomUUID(),
      executionId,
      stepId,
      processId: process.pid,
      beganAt: new Date(),
    });
  }

  /** In the order in which they began. */
  list(tenantId: string, executionId: string): Promise<StepRunView[]> {
    return this.runs.find({
      where: { tenantId, executionId },
      select: { stepId: true, processId: true, beganAt: true },
      order: { beganAt: 'ASC' },
    });
  }
}
