import { Context, Step, Workflow, WorkflowContext, WorkflowInput } from '@luxgen/workflow';
import { Effects } from './effects.js';
import type { Order } from './protocol.js';

/** Repeats enough for a database that is away for a while. */
const PATIENT = {
  strategy: 'retry',
  maxRetries: 40,
  retryDelay: 100,
  backoff: 'exponential',
  maxRetryDelay: 1_000,
} as const;

@Workflow({ id: 'ends-in-journal', version: '1.0.0', errorHandling: PATIENT })
export class EndsInJournal {
  constructor(private readonly effects: Effects) {}

  @Step({ transactional: true })
  reserve(@WorkflowInput() order: Order, @Context() context: WorkflowContext) {
    return this.effects.fragile(order, context);
  }

  @Step({ dependencies: ['reserve'] })
  label(@Context() context: WorkflowContext) {
    return this.effects.plain(context);
  }

  @Step({ dependencies: ['reserve'], transactional: true })
  settle(@Context() context: WorkflowContext) {
    return this.effects.transactional(context);
  }

  @Step({ dependencies: ['label', 'settle'] })
  announce(@Context() context: WorkflowContext) {
    return this.effects.plain(context);
  }
}

@Workflow({ id: 'ends-in-transaction', version: '1.0.0', errorHandling: PATIENT })
export class EndsInTransaction {
  constructor(private readonly effects: Effects) {}

  @Step()
  label(@Context() context: WorkflowContext) {
    return this.effects.plain(context);
  }

  @Step({ dependencies: ['label'], transactional: true })
  reserve(@WorkflowInput() order: Order, @Context() context: WorkflowContext) {
    return this.effects.fragile(order, context);
  }

  @Step({ dependencies: ['label'] })
  announce(@Context() context: WorkflowContext) {
    return this.effects.plain(context);
  }

  @Step({ dependencies: ['reserve', 'announce'], transactional: true })
  settle(@Context() context: WorkflowContext) {
    return this.effects.transactional(context);
  }
}
