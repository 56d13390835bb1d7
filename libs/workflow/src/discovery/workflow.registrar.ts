import { Injectable, type Type } from '@nestjs/common';
import { hasRules, InputValidationPipe } from '../decorators/input-validation.pipe.js';
import type { CheckedWorkflow, InvocationFactory } from '../definition/checked-workflow.js';
import { definitionFaults, type DeclaredDefinition } from '../definition/definition-check.js';
import {
  DefinitionInvalidException,
  type DefinitionFault,
} from '../definition/definition-fault.js';
import { compileWorkflow } from '../definition/workflow-compiler.js';
import type { WorkflowDefinition } from '../definition/workflow-definition.js';
import { StepHandlers } from './step-handlers.js';
import { WorkflowExplorer } from './workflow.explorer.js';
import { WorkflowDefinitions } from './workflow.definitions.js';

interface Candidate extends DeclaredDefinition {
  readonly compile: () => CheckedWorkflow;
  readonly faults: readonly DefinitionFault[];
}

/** Checks definitions, whatever they come from, and registers those without faults. */
@Injectable()
export class WorkflowRegistrar {
  private readonly inputValidation = new InputValidationPipe();

  constructor(
    private readonly explorer: WorkflowExplorer,
    private readonly handlers: StepHandlers,
    private readonly definitions: WorkflowDefinitions,
  ) {}

  /** All decorated providers. Throws once, with every fault of every class. */
  registerDiscovered(globalEnhancers: boolean): void {
    const candidates = this.explorer
      .explore()
      .map(({ definition, host, inputTypes, faults }): Candidate => ({
        definition,
        className: host.target.name,
        faults,
        compile: () =>
          compileWorkflow(
            definition,
            this.handlers.invocations(host, globalEnhancers),
            this.inputCheck(inputTypes),
          ),
      }));
    this.register(candidates);
  }

  /** A definition written by hand; `owner` is `this` in its handlers. */
  registerDefinition(owner: object, definition: WorkflowDefinition): CheckedWorkflow {
    const [registered] = this.register([
      {
        definition,
        faults: [],
        compile: () =>
          compileWorkflow(
            definition,
            boundHandlers(owner, definition),
            this.inputCheck([definition.input]),
          ),
      },
    ]);
    return registered;
  }

  private register(candidates: readonly Candidate[]): CheckedWorkflow[] {
    const faults = [
      ...candidates.flatMap((candidate) => [...definitionFaults(candidate), ...candidate.faults]),
      ...this.duplicates(candidates),
    ];
    if (faults.length > 0) throw new DefinitionInvalidException(faults);
    const compiled = candidates.map(({ compile }) => compile());
    for (const workflow of compiled) this.definitions.add(workflow);
    return compiled;
  }

  private duplicates(candidates: readonly Candidate[]): DefinitionFault[] {
    const owners = new Map<string, string>();
    return candidates.flatMap(({ definition: { id, version }, className }) => {
      const name = `${id}@${version}`;
      const other =
        owners.get(name) ?? (this.definitions.has(id, version) ? 'registered before' : undefined);
      owners.set(name, className ?? 'registered by hand');
      return other === undefined
        ? []
        : {
            code: 'WORKFLOW_DUPLICATE' as const,
            where: className ?? `workflow "${id}"`,
            message: `Workflow "${id}" version ${version} exists already (${other}).`,
            fix: 'Change the id or raise the version of one of them.',
          };
    });
  }

  /** The input must satisfy every class with rules that a step declares for it, if there is one. */
  private inputCheck(types: readonly unknown[]): CheckedWorkflow['checkInput'] {
    const withRules = [...new Set(types)].filter((type): type is Type<object> => hasRules(type));
    if (withRules.length === 0) return undefined;
    return async (input) => {
      for (const metatype of withRules) {
        await this.inputValidation.transform(input, { type: 'custom', metatype });
      }
    };
  }
}

function boundHandlers(owner: object, definition: WorkflowDefinition): InvocationFactory {
  const handlers = new Map(definition.steps.map(({ id, handler }) => [id, handler.bind(owner)]));
  return () => (stepId) => {
    const handler = handlers.get(stepId);
    if (!handler) throw new TypeError(`Step "${stepId}" has no handler`);
    return handler;
  };
}
