import { Inject, Injectable, Logger } from '@nestjs/common';
import type { WorkflowContext } from '@luxgen/workflow';
import { once } from 'node:events';
import { DEMO_ENVIRONMENT, type DemoEnvironment } from '../configuration/demo-environment.js';
import { tellParent } from '../process-messages.js';

/**
 * Holds an execution still between two steps, so that there is time to kill the process: what the
 * step depends on is finished and written down, and the step has done nothing yet.
 */
@Injectable()
export class StepPause {
  private readonly logger = new Logger(StepPause.name);
  private readonly steps: ReadonlySet<string>;

  constructor(@Inject(DEMO_ENVIRONMENT) { pauseBefore }: DemoEnvironment) {
    this.steps = new Set(pauseBefore);
  }

  async before({ stepId, executionId, signal }: WorkflowContext): Promise<void> {
    if (!this.steps.has(stepId)) return;
    this.logger.warn(`Paused before "${stepId}": kill -9 ${process.pid}`);
    tellParent({ pausedBefore: stepId, executionId });
    if (!signal.aborted) await once(signal, 'abort');
    signal.throwIfAborted();
  }
}
