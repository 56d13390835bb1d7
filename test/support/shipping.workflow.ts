import { Step, Workflow, WorkflowInput } from '@luxgen/workflow';

@Workflow({ id: 'shipping', version: '1.0.0' })
export class ShippingWorkflow {
  static readonly output = 'ship';

  @Step()
  ship(@WorkflowInput() order: { id: number }) {
    return { shipped: order.id };
  }
}
