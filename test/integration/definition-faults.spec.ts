import { afterEach, describe, expect, it } from '@jest/globals';
import type { Provider } from '@nestjs/common';
import {
  Context,
  DefinitionInvalidException,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
} from '@luxgen/workflow';
import { step, workflow } from '../support/definitions.js';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

@Workflow({ id: 'circle', version: '1.0.0' })
class CircleWorkflow {
  @Step({ dependencies: ['second'] })
  first(): void {}

  @Step({ dependencies: ['first'] })
  second(): void {}

  @Step({ dependencies: ['second'] })
  third(): void {}
}

@Workflow({ id: 'gap', version: '1.0.0' })
class GapWorkflow {
  @Step()
  reserve(): void {}

  /** A method, but no step. */
  reserved(): void {}

  @Step({ dependencies: ['reserved'] })
  charge(): void {}

  @Step({ dependencies: ['reserve'] })
  ship(@StepOutput('charge') _charge: void): void {}
}

@Workflow({ id: 'not valid', version: '1' })
class NamelessWorkflow {
  @Step({ timeout: 0, retryable: false, retry: { maxRetries: 1 } })
  only(): void {}
}

@Workflow({ id: 'empty', version: '1.0.0' })
class EmptyWorkflow {
  notAStep(): void {}
}

@Workflow({ id: 'output', version: '1.0.0' })
class OutputWorkflow {
  static readonly output = 'helper';

  @Step()
  only(): void {}

  helper(): void {}
}

@Workflow({ id: 'twin', version: '1.0.0' })
class FirstTwinWorkflow {
  @Step()
  only(): void {}
}

@Workflow({ id: 'twin', version: '1.0.0' })
class SecondTwinWorkflow {
  @Step()
  only(): void {}
}

@Workflow({ id: 'sound', version: '1.0.0' })
class SoundWorkflow {
  @Step()
  only(@Context() context: WorkflowContext): string {
    return context.tenantId;
  }
}

const bootError = async (providers: Provider[]): Promise<unknown> => {
  try {
    await (await workflowApp({ providers })).close();
  } catch (error) {
    return error;
  }
  throw new Error('The application started.');
};

// Red when: libs/workflow/src/definition/graph-check.ts
//   - const circles = findCircles(steps, byId);
//   + const circles: string[][] = [];
describe('F53 the faults of decorated workflows', () => {
  let running: WorkflowApp | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  it('are all reported by one boot, each with its code, its class and method, and its fix', async () => {
    const error = await bootError([
      CircleWorkflow,
      GapWorkflow,
      NamelessWorkflow,
      EmptyWorkflow,
      OutputWorkflow,
      FirstTwinWorkflow,
      SecondTwinWorkflow,
      SoundWorkflow,
    ]);

    if (!(error instanceof DefinitionInvalidException)) throw error;
    const { faults, message } = error;
    expect(faults.map(({ code, where }) => `${code} at ${where}`)).toEqual([
      'STEP_DEPENDENCY_CYCLE at CircleWorkflow.first',
      'STEP_UNREACHABLE at CircleWorkflow.third',
      'STEP_DEPENDENCY_MISSING at GapWorkflow.charge',
      'STEP_DEPENDENCY_MISSING at GapWorkflow.ship',
      'WORKFLOW_ID_INVALID at NamelessWorkflow',
      'WORKFLOW_VERSION_INVALID at NamelessWorkflow',
      'STEP_OPTION_INVALID at NamelessWorkflow.only',
      'STEP_OPTION_INVALID at NamelessWorkflow.only',
      'WORKFLOW_EMPTY at EmptyWorkflow',
      'WORKFLOW_OUTPUT_MISSING at OutputWorkflow',
      'WORKFLOW_DUPLICATE at SecondTwinWorkflow',
    ]);
    expect(message).toMatch(/^Found 11 faults in the workflow definitions:\n/);
    for (const fault of faults) {
      expect(fault.fix).not.toBe('');
      expect(message).toContain(
        `${fault.code} at ${fault.where}: ${fault.message} Fix: ${fault.fix}`,
      );
    }
    expect(error).toMatchObject({ code: 'DEFINITION_INVALID', details: { faults } });
  });

  it('name the step that was probably meant, and the other class of a duplicate', async () => {
    const error = await bootError([GapWorkflow, FirstTwinWorkflow, SecondTwinWorkflow]);
    expect(String(error)).toContain(
      '"charge" depends on "reserved", which is not a step of workflow "gap". Steps: "reserve", "charge", "ship". Did you mean "reserve"?',
    );
    expect(String(error)).toContain(
      '@StepOutput(\'charge\') asks for a step that "ship" does not depend on.',
    );
    expect(String(error)).toContain(
      'Workflow "twin" version 1.0.0 exists already (FirstTwinWorkflow)',
    );
  });

  it('leave no database open behind them', async () => {
    await bootError([CircleWorkflow]);
    running = await workflowApp({ providers: [SoundWorkflow] });
    const { manager } = running;
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow(SoundWorkflow));
    expect(result.data).toBe('acme');
  });
});

describe('F53 the faults of a definition written by hand', () => {
  let running: WorkflowApp;
  afterEach(() => running.close());

  it('are thrown by registerWorkflow(), and nothing of it is registered', async () => {
    running = await workflowApp({});
    const { manager } = running;
    expect(() =>
      manager.registerWorkflow(
        {},
        workflow('custom', [
          step('a', () => 1, { dependencies: ['c'] }),
          step('a', () => 2),
          step('b', () => 3, { timeout: -1 }),
        ]),
      ),
    ).toThrow(
      /Found 3 faults .*\n.*STEP_OPTION_INVALID at workflow "custom" step "b".*\n.*STEP_DUPLICATE/,
    );
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow('custom'));
    expect(result).toMatchObject({ success: false, statusCode: 404 });
  });

  it('include an id and version that exist already, decorated or not', async () => {
    running = await workflowApp({ providers: [SoundWorkflow] });
    const { manager } = running;
    const again = workflow('sound', [step('a', () => 1)]);
    expect(() => manager.registerWorkflow({}, again)).toThrow(
      /WORKFLOW_DUPLICATE at workflow "sound".*raise the version/,
    );
    manager.registerWorkflow({}, { ...again, version: '1.0.1' });
    expect(() => manager.registerWorkflow({}, { ...again, version: '1.0.1' })).toThrow(
      'WORKFLOW_DUPLICATE',
    );
  });
});

describe('a static method that is decorated as a step', () => {
  it('is refused where no compiler did, with its class, its name and the fix', () => {
    class StaticWorkflow {
      static load(): void {}
    }
    const decorate = Step() as (target: object, method: string) => void;
    expect(() => decorate(StaticWorkflow, 'load')).toThrow(
      /"StaticWorkflow\.load" is static.*Fix: remove "static"/,
    );
  });
});
