import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import {
  Context,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
} from '@luxgen/workflow';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

@Injectable()
class Greeter {
  greet(name: string): string {
    return `Hello ${name}`;
  }
}

@Workflow({ id: 'greeting', version: '1.0.0' })
class GreetingWorkflow {
  static readonly output = 'decorate';

  constructor(private readonly greeter: Greeter) {}

  @Step({ type: 'validation' })
  greet(@WorkflowInput() input: { name: string }) {
    return { text: this.greeter.greet(input.name), at: new Date(0) };
  }

  @Step({ dependencies: ['greet'] })
  decorate(
    @StepOutput('greet') greeting: { text: string; at: Date },
    @Context() context: WorkflowContext,
  ) {
    return { text: `${greeting.text}!`, at: greeting.at, tenant: context.tenantId };
  }
}

describe('running a workflow', () => {
  let running: WorkflowApp | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  it('passes outputs forward and answers with the declared output', async () => {
    running = await workflowApp({ providers: [Greeter, GreetingWorkflow] });
    const { manager } = running;

    const result = await manager.runAsTenant('acme', () =>
      manager.runWorkflow(GreetingWorkflow, { name: 'Ada' }),
    );

    expect(result).toMatchObject({
      success: true,
      statusCode: 200,
      data: { text: 'Hello Ada!', at: new Date(0), tenant: 'acme' },
      tenantId: 'acme',
      workflowId: 'greeting',
    });
    const text: string = result.success ? result.data.text : '';
    expect(text).toBe('Hello Ada!');
  });
});
