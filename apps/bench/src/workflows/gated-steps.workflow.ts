import { Injectable } from '@nestjs/common';
import { Step, StepOutput, Workflow } from '@luxgen/workflow';
import type { Receipt } from './order.js';
import { ThreeSteps } from './three-steps.workflow.js';

/** Holds last steps back, each until its order is let through. */
@Injectable()
export class Gate {
  private readonly standing = new Map<string, () => void>();

  passed(orderId: string): Promise<void> {
    return new Promise((resolve) => {
      this.standing.set(orderId, resolve);
    });
  }

  /** Whether a step stands before the gate. */
  holds(orderId: string): boolean {
    return this.standing.has(orderId);
  }

  open(orderId: string): void {
    this.standing.get(orderId)?.();
    this.standing.delete(orderId);
  }
}

/** Three steps, of which the last waits until it is let through. */
@Workflow({ id: 'gated-steps', version: '1.0.0', name: 'Gated steps' })
export class GatedSteps extends ThreeSteps {
  constructor(private readonly gate: Gate) {
    super();
  }

  @Step({ dependencies: ['charge'] })
  override async ship(@StepOutput('charge') charged: Receipt): Promise<Receipt> {
    await this.gate.passed(charged.orderId);
    return super.ship(charged);
  }
}
