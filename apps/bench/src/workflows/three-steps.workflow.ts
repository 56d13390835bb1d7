import { Step, StepOutput, Workflow, WorkflowInput } from '@luxgen/workflow';
import { receiptOf, type Order, type Receipt } from './order.js';

/** Three steps, each needing the one before. */
@Workflow({ id: 'three-steps', version: '1.0.0', name: 'Three steps' })
export class ThreeSteps {
  @Step()
  async reserve(@WorkflowInput() order: Order): Promise<Receipt> {
    return receiptOf(order.orderId, 'reserve', order.items.length);
  }

  @Step({ dependencies: ['reserve'] })
  async charge(@StepOutput('reserve') reserved: Receipt): Promise<Receipt> {
    return receiptOf(reserved.orderId, 'charge', reserved.amount * 10);
  }

  @Step({ dependencies: ['charge'] })
  async ship(@StepOutput('charge') charged: Receipt): Promise<Receipt> {
    return receiptOf(charged.orderId, 'ship', charged.amount + 1);
  }
}
