import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { IsInt } from 'class-validator';
import {
  createErrorResult,
  createSuccessResult,
  createWorkflowError,
  WorkflowManager,
  type WorkflowContext,
  type WorkflowDefinition,
  type WorkflowResult,
} from '@luxgen/workflow';
import { step, workflow } from '../support/definitions.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

class Pricing {
  private readonly rate = 3;

  readonly definition: WorkflowDefinition = {
    id: 'pricing',
    name: 'Pricing',
    version: '1.0.0',
    description: 'Says what it costs',
    steps: [
      {
        id: 'load-order',
        name: 'Load the order',
        type: 'data-access',
        dependencies: [],
        timeout: 5000,
        retryable: true,
        critical: true,
        handler: this.load,
      },
      {
        id: 'price',
        name: 'Price it',
        type: 'transformation',
        dependencies: ['load-order'],
        timeout: 5000,
        retryable: true,
        critical: true,
        handler: this.price,
      },
    ],
    triggers: [],
    conditions: [],
    errorHandling: { strategy: 'retry', maxRetries: 0, retryDelay: 1000, notifications: [] },
    tenantSpecific: true,
    crossTenantAllowed: false,
  };

  async load(context: WorkflowContext): Promise<WorkflowResult> {
    const { quantity } = context.input as { quantity: number };
    return Promise.resolve(createSuccessResult({ quantity }));
  }

  price(context: WorkflowContext): { total: number } {
    const { quantity } = context.getOutput<{ quantity: number }>('load-order');
    return { total: quantity * this.rate };
  }
}

describe('a definition written by hand', () => {
  let running: WorkflowApp | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  const run = (id: string, input?: unknown) => {
    const { manager } = running as WorkflowApp;
    return manager.runAsTenant('acme', () => manager.runWorkflow(id, input));
  };

  it('runs with its owner as `this` of the handlers, and its names in the result', async () => {
    running = await workflowApp({});
    const pricing = new Pricing();
    running.manager.registerWorkflow(pricing, pricing.definition);
    const result = await run('pricing', { quantity: 7 });
    expect(result).toMatchObject({ success: true, data: { total: 21 }, workflowId: 'pricing' });
    expect(result.metadata?.steps.map(({ stepName }) => stepName)).toEqual([
      'Load the order',
      'Price it',
    ]);
  });

  it('may be registered while the application starts', async () => {
    @Injectable()
    class Registrations implements OnModuleInit {
      constructor(private readonly manager: WorkflowManager) {
        manager.registerWorkflow({}, workflow('in-constructor', [step('a', () => 'one')]));
      }

      onModuleInit(): void {
        this.manager.registerWorkflow({}, workflow('in-hook', [step('a', () => 'two')]));
      }
    }
    running = await workflowApp({ providers: [Registrations] });
    expect((await run('in-constructor')).data).toBe('one');
    expect((await run('in-hook')).data).toBe('two');
  });

  it('is what it was when it was registered, whatever becomes of the object', async () => {
    running = await workflowApp({});
    const steps = [step('a', () => 'before')];
    running.manager.registerWorkflow({}, workflow('kept', steps));
    steps[0] = step('a', () => 'after');
    steps.push(step('b', () => 'more'));
    expect((await run('kept')).data).toBe('before');
  });

  it('may be the same object in two applications', async () => {
    running = await workflowApp({});
    const other = await workflowApp({});
    try {
      const pricing = new Pricing();
      running.manager.registerWorkflow(pricing, pricing.definition);
      other.manager.registerWorkflow(pricing, pricing.definition);
      expect((await run('pricing', { quantity: 1 })).data).toEqual({ total: 3 });
    } finally {
      await other.close();
    }
  });

  it('answers with the output it declares, of several outputs, or of the only last step', async () => {
    running = await workflowApp({});
    const steps = [
      step('a', () => 1),
      step('b', () => 2, { dependencies: ['a'] }),
      step('c', () => 3, { dependencies: ['a'] }),
    ];
    running.manager.registerWorkflow({}, workflow('declared', steps, { output: 'a' }));
    running.manager.registerWorkflow({}, workflow('several', steps));
    running.manager.registerWorkflow({}, workflow('single', steps.slice(0, 2)));
    expect((await run('declared')).data).toBe(1);
    expect((await run('several')).data).toEqual({ b: 2, c: 3 });
    expect((await run('single')).data).toBe(2);
  });

  it('refuses an input that its class does not allow, before anything is stored', async () => {
    class Order {
      @IsInt()
      quantity!: number;
    }
    running = await workflowApp({});
    const { manager } = running;
    let effects = 0;
    const only = step('only', () => (effects += 1));
    manager.registerWorkflow({}, workflow('checked', [only], { input: Order }));
    const refused = await run('checked', { quantity: 'many' });
    expect(refused).toMatchObject({
      success: false,
      statusCode: 422,
      errors: [
        {
          code: 'INPUT_INVALID',
          details: { fields: [{ path: 'quantity', messages: [expect.any(String)] }] },
        },
      ],
    });
    expect(await manager.runAsTenant('acme', () => manager.getTenantExecutions())).toEqual([]);
    expect((await run('checked', { quantity: 1 })).success).toBe(true);
    expect(effects).toBe(1);
  });

  it('may return envelopes: data on success, the errors and the status otherwise', async () => {
    running = await workflowApp({});
    const said = createWorkflowError('STOCK_EMPTY', 'Sold out', { sku: 'x' }, undefined, false);
    running.manager.registerWorkflow(
      {},
      workflow('envelope', [step('a', () => createErrorResult('No stock', [said], 409))]),
    );
    expect(await run('envelope')).toMatchObject({
      success: false,
      statusCode: 409,
      errors: [
        {
          code: 'STOCK_EMPTY',
          message: 'Sold out',
          details: { sku: 'x' },
          stepId: 'a',
          retryable: false,
        },
      ],
    });
  });
});
