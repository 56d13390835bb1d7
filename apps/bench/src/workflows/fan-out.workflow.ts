import { Context, Step, Workflow, WorkflowContext, WorkflowInput } from '@luxgen/workflow';
import { receiptOf, type Order, type Receipt } from './order.js';

const BRANCH = { dependencies: ['split'] } as const;

/** One step, ten that run beside each other, and one that needs them all. */
@Workflow({ id: 'fan-out', version: '1.0.0', name: 'Fan out' })
export class FanOut {
  @Step()
  async split(@WorkflowInput() order: Order): Promise<Receipt> {
    return receiptOf(order.orderId, 'split', order.items.length);
  }

  @Step(BRANCH)
  async first(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async second(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async third(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async fourth(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async fifth(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async sixth(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async seventh(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async eighth(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async ninth(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step(BRANCH)
  async tenth(@Context() context: WorkflowContext): Promise<Receipt> {
    return branch(context);
  }

  @Step({
    dependencies: [
      'first',
      'second',
      'third',
      'fourth',
      'fifth',
      'sixth',
      'seventh',
      'eighth',
      'ninth',
      'tenth',
    ],
  })
  async join(@Context() context: WorkflowContext): Promise<Receipt> {
    const { amount } = context.getOutput<Receipt>('tenth');
    return receiptOf(context.getOutput<Receipt>('split').orderId, 'join', amount);
  }
}

function branch(context: WorkflowContext): Receipt {
  const { orderId, amount } = context.getOutput<Receipt>('split');
  return receiptOf(orderId, context.stepId, amount + 1);
}
