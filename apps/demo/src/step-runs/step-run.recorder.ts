import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { WorkflowContext } from '@luxgen/workflow';
import type { Observable } from 'rxjs';
import { StepPause } from './step-pause.js';
import { StepRuns } from './step-runs.js';

/** Writes down that a step begins. Bound to a workflow class, it is around each of its steps. */
@Injectable()
export class StepRunRecorder implements NestInterceptor {
  constructor(
    private readonly pause: StepPause,
    private readonly runs: StepRuns,
  ) {}

  async intercept(host: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const [context] = host.getArgs<[WorkflowContext]>();
    await this.pause.before(context);
    await this.runs.add(context);
    return next.handle();
  }
}
