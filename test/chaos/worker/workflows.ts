import { Injectable, type Type } from '@nestjs/common';
import {
  Context,
  NonRetryableError,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
} from '@luxgen/workflow';
import type { EntityManager } from 'typeorm';
import { Effects, type OrderInput } from './effects.js';
import type { WorkflowName } from './protocol.js';

/** A diamond whose one side is refused at first, and waits long enough to be parked. */
@Injectable()
abstract class OrderSteps {
  constructor(protected readonly effects: Effects) {}

  @Step()
  reserve(@WorkflowInput() order: OrderInput) {
    return this.effects.apply(order, 'reserve');
  }

  @Step({ dependencies: ['reserve'], retry: { retryDelay: 120 } })
  charge(@WorkflowInput() order: OrderInput, @Context() context: WorkflowContext) {
    if (context.retryCount === 0) throw new Error('The bank is busy.');
    return this.effects.apply(order, 'charge');
  }

  @Step({ dependencies: ['reserve'] })
  pack(@WorkflowInput() order: OrderInput) {
    return this.effects.apply(order, 'pack');
  }

  @Step({ dependencies: ['charge', 'pack'] })
  ship(
    @WorkflowInput() order: OrderInput,
    @StepOutput('charge') charge: string,
    @StepOutput('pack') pack: string,
  ) {
    return [charge, pack, this.effects.apply(order, 'ship')];
  }
}

const ORDER = { id: 'order', version: '1.0.0' };

/** Ids of the steps of {@link OrderWorkflow}. */
export const ORDER_STEPS = ['reserve', 'charge', 'pack', 'ship', 'notify'] as const;

@Workflow(ORDER)
class OrderWorkflow extends OrderSteps {
  @Step({ dependencies: ['ship'] })
  notify(@WorkflowInput() order: OrderInput, @StepOutput('ship') ship: string[]) {
    return [...ship, this.effects.apply(order, 'notify')];
  }
}

@Workflow(ORDER)
class OrderWithExtraStep extends OrderWorkflow {
  @Step({ dependencies: ['notify'] })
  archive(@WorkflowInput() order: OrderInput) {
    return this.effects.apply(order, 'archive');
  }
}

@Workflow(ORDER)
class OrderWithRenamedStep extends OrderSteps {
  @Step({ dependencies: ['ship'] })
  announce(@WorkflowInput() order: OrderInput) {
    return this.effects.apply(order, 'announce');
  }
}

@Workflow(ORDER)
class OrderWithOtherTimeouts extends OrderWorkflow {
  @Step({ name: 'Pack it', dependencies: ['reserve'], timeout: 9_000, retryable: false })
  override pack(@WorkflowInput() order: OrderInput) {
    return super.pack(order);
  }
}

@Workflow({ id: 'greeting', version: '1.0.0' })
class GreetingWorkflow {
  constructor(private readonly effects: Effects) {}

  @Step()
  greet(@WorkflowInput() order: OrderInput) {
    return this.effects.apply(order, 'greet');
  }
}

/** Waits in its second step until the harness lets it go on. */
@Workflow({ id: 'patient', version: '1.0.0' })
class PatientWorkflow {
  constructor(private readonly effects: Effects) {}

  @Step()
  begin(@WorkflowInput() order: OrderInput) {
    return this.effects.apply(order, 'begin');
  }

  @Step({ dependencies: ['begin'] })
  async wait(@WorkflowInput() order: OrderInput, @Context() context: WorkflowContext) {
    await this.effects.wait(order, 'wait', context.signal);
    return { repeats: context.retryCount, done: this.effects.apply(order, 'wait') };
  }

  @Step({ dependencies: ['wait'] })
  end(@WorkflowInput() order: OrderInput, @StepOutput('wait') wait: { repeats: number }) {
    this.effects.apply(order, 'end');
    return wait.repeats;
  }
}

/** Fails for good in its second step until the harness mends it. */
@Workflow({ id: 'fragile', version: '1.0.0' })
class FragileWorkflow {
  constructor(private readonly effects: Effects) {}

  @Step()
  hold(@WorkflowInput() order: OrderInput) {
    return this.effects.apply(order, 'hold');
  }

  @Step({ dependencies: ['hold'] })
  crack(@WorkflowInput() order: OrderInput) {
    if (!this.effects.mended.has(order.key)) throw new NonRetryableError('It is broken.');
    return this.effects.apply(order, 'crack');
  }
}

/** Fails and is tried again an hour later. */
@Workflow({ id: 'hourly', version: '1.0.0' })
class HourlyWorkflow {
  constructor(private readonly effects: Effects) {}

  @Step({ retry: { retryDelay: 3_600_000 } })
  ring(@WorkflowInput() order: OrderInput) {
    this.effects.apply(order, 'ring');
    throw new Error('Nobody is at home.');
  }
}

/** Its effects are rows of the database that executions are kept in. */
@Workflow({ id: 'transfer', version: '1.0.0' })
class TransferWorkflow {
  @Step({ transactional: true })
  debit(@WorkflowInput() order: OrderInput, @Context() context: WorkflowContext) {
    return transfer(context.manager, order.key, 'debit');
  }

  /** The last step: its transaction ends the execution too. */
  @Step({ dependencies: ['debit'], transactional: true })
  credit(@WorkflowInput() order: OrderInput, @Context() context: WorkflowContext) {
    return transfer(context.manager, order.key, 'credit');
  }
}

/** Nothing keeps a row from being there twice. */
export async function transfer(manager: EntityManager, key: string, step: string): Promise<string> {
  const { driver } = manager.dataSource;
  const places = ['key', 'step'].map((name, index) => driver.createParameter(name, index));
  await manager.query(`INSERT INTO transfer (key, step) VALUES (${places.join(', ')})`, [
    key,
    step,
  ]);
  return `${step} of ${key}`;
}

export const WORKFLOWS: Readonly<Record<WorkflowName, Type<object>>> = {
  order: OrderWorkflow,
  'order-with-extra-step': OrderWithExtraStep,
  'order-with-renamed-step': OrderWithRenamedStep,
  'order-with-other-timeouts': OrderWithOtherTimeouts,
  greeting: GreetingWorkflow,
  patient: PatientWorkflow,
  fragile: FragileWorkflow,
  hourly: HourlyWorkflow,
  transfer: TransferWorkflow,
};
