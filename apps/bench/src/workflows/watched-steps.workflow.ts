import { Injectable } from '@nestjs/common';
import { Step, StepOutput, Workflow } from '@luxgen/workflow';
import type { Receipt } from './order.js';
import { ThreeSteps } from './three-steps.workflow.js';

/** Knows how many executions have come to their last step. */
@Injectable()
export class Progress {
  private count = 0;
  private awaited = Number.POSITIVE_INFINITY;
  private resolve: () => void = () => undefined;

  note(): void {
    this.count += 1;
    if (this.count >= this.awaited) this.resolve();
  }

  reached(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.count >= count) resolve();
      this.awaited = count;
      this.resolve = resolve;
    });
  }
}

/** Three steps whose progress can be seen without asking the store. */
@Workflow({ id: 'watched-steps', version: '1.0.0', name: 'Watched steps' })
export class WatchedSteps extends ThreeSteps {
  constructor(private readonly progress: Progress) {
    super();
  }

  @Step({ dependencies: ['charge'] })
  override async ship(@StepOutput('charge') charged: Receipt): Promise<Receipt> {
    this.progress.note();
    return super.ship(charged);
  }
}
