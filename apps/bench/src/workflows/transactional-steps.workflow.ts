import {
  Context,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
} from '@luxgen/workflow';
import { receiptOf, type Order, type Receipt } from './order.js';

/** As the three steps, but each writes a row in the transaction of its checkpoint. */
@Workflow({ id: 'transactional-steps', version: '1.0.0', name: 'Transactional steps' })
export class TransactionalSteps {
  @Step({ transactional: true })
  async reserve(
    @WorkflowInput() order: Order,
    @Context() context: WorkflowContext,
  ): Promise<Receipt> {
    return written(context, receiptOf(order.orderId, 'reserve', order.items.length));
  }

  @Step({ dependencies: ['reserve'], transactional: true })
  async charge(
    @StepOutput('reserve') reserved: Receipt,
    @Context() context: WorkflowContext,
  ): Promise<Receipt> {
    return written(context, receiptOf(reserved.orderId, 'charge', reserved.amount * 10));
  }

  @Step({ dependencies: ['charge'], transactional: true })
  async ship(
    @StepOutput('charge') charged: Receipt,
    @Context() context: WorkflowContext,
  ): Promise<Receipt> {
    return written(context, receiptOf(charged.orderId, 'ship', charged.amount + 1));
  }
}

async function written(
  { manager, executionId, stepId }: WorkflowContext,
  receipt: Receipt,
): Promise<Receipt> {
  await manager.query('INSERT INTO bench_effect (id, amount) VALUES ($1, $2)', [
    `${executionId} ${stepId}`,
    receipt.amount,
  ]);
  return receipt;
}
