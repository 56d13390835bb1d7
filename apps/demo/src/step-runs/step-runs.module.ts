import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { StepPause } from './step-pause.js';
import { StepRun } from './step-run.entity.js';
import { StepRuns } from './step-runs.js';
import { StepRunsController } from './step-runs.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([StepRun])],
  controllers: [StepRunsController],
  providers: [StepPause, StepRuns],
  exports: [StepPause, StepRuns],
})
export class StepRunsModule {}
