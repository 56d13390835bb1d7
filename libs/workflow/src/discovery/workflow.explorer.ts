import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import type { DefinitionFault } from '../definition/definition-fault.js';
import { suggestion } from '../definition/nearest-name.js';
import type { WorkflowDefinition, WorkflowStep } from '../definition/workflow-definition.js';
import { enhancersOfClass, enhancersOfMethod, type BoundEnhancer } from './bound-enhancers.js';
import type { StepHost } from './step-handlers.js';
import { WorkflowMetadataAccessor } from './workflow-metadata.accessor.js';

/** A decorated provider and the definition its decorators add up to. */
export interface DiscoveredWorkflow {
  readonly definition: WorkflowDefinition;
  readonly host: StepHost;
  readonly inputTypes: readonly unknown[];
  /** Faults that only the class can show. */
  readonly faults: readonly DefinitionFault[];
}

type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds the workflows among the providers of the application. */
@Injectable()
export class WorkflowExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly accessor: WorkflowMetadataAccessor,
  ) {}

  explore(): DiscoveredWorkflow[] {
    const found = new Map<unknown, DiscoveredWorkflow>();
    for (const wrapper of this.discovery.getProviders()) {
      // An alias is the provider it stands for, seen a second time.
      if (wrapper.isAlias) continue;
      const { host: module } = wrapper;
      const isStatic = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
      const target = classBehind(wrapper, isStatic);
      const metadata = this.accessor.workflow(target);
      if (!module || !target || !metadata || found.has(wrapper.instance ?? wrapper)) continue;
      found.set(
        wrapper.instance ?? wrapper,
        this.describe(
          target,
          {
            token: wrapper.token,
            target,
            instance: isStatic ? (wrapper.instance as object) : undefined,
            inquirerId: wrapper.id,
            moduleRef: module.getProviderByKey<ModuleRef>(ModuleRef).instance,
          },
          ({ enhancer }) => module.injectables.has(enhancer),
        ),
      );
    }
    return [...found.values()];
  }

  private describe(
    target: Type<object>,
    host: StepHost,
    isMade: (bound: BoundEnhancer) => boolean,
  ): DiscoveredWorkflow {
    const metadata = this.accessor.workflow(target);
    const declared = this.accessor.steps(target);
    const prototype = target.prototype as Record<string, unknown>;
    const steps = [...declared].map(([method, { dependencies, ...options }]): WorkflowStep => ({
      ...options,
      id: method,
      dependencies: dependencies ?? [],
      handler: prototype[method] as WorkflowStep['handler'],
    }));
    const { output } = target as { output?: string };
    return {
      definition: {
        ...(metadata as Omit<WorkflowDefinition, 'steps'>),
        steps,
        ...(output === undefined ? {} : { output }),
      },
      host,
      inputTypes: [...declared.keys()].flatMap((method) =>
        this.accessor.inputTypes(target, method),
      ),
      faults: [
        ...enhancerFaults(enhancersOfClass(target), target.name, isMade),
        ...[...declared.keys()].flatMap((method) => [
          ...enhancerFaults(enhancersOfMethod(target, method), `${target.name}.${method}`, isMade),
          ...this.outputFaults(target, method, steps),
        ]),
      ],
    };
  }

  /** A parameter may ask only for what its step waits for. */
  private outputFaults(
    target: Type<object>,
    method: string,
    steps: readonly WorkflowStep[],
  ): DefinitionFault[] {
    const before = ancestorIds(method, steps);
    return this.accessor.requestedOutputs(target, method).flatMap((stepId) =>
      before.has(stepId)
        ? []
        : {
            code: 'STEP_DEPENDENCY_MISSING' as const,
            where: `${target.name}.${method}`,
            message: `@StepOutput('${stepId}') asks for a step that "${method}" does not depend on.${suggestion(stepId, [...before])}`,
            fix: `Add '${stepId}' to its dependencies.`,
          },
    );
  }
}

/** Nest skips, without a word, the enhancers that it did not make; a guard among them would be gone. */
function enhancerFaults(
  bound: readonly BoundEnhancer[],
  where: string,
  isMade: (bound: BoundEnhancer) => boolean,
): DefinitionFault[] {
  return bound
    .filter((candidate) => !isMade(candidate))
    .map(({ enhancer, binding }) => ({
      code: 'WORKFLOW_FEATURE_MISSING' as const,
      where,
      message: `${binding} would not be applied: Nest makes no enhancers for a provider of useFactory or useValue.`,
      fix: `Provide the class itself, or bind an instance: new ${enhancer.name}().`,
    }));
}

/**
 * The class of a provider of any shape: for a factory or a value, the class of what it gave. What a
 * scoped factory will give is not known yet; its token is all there is to go by.
 */
function classBehind(wrapper: ProviderWrapper, isStatic: boolean): Type<object> | undefined {
  const { metatype, instance, token } = wrapper;
  const isClassProvider =
    typeof metatype === 'function' && !wrapper.inject && !wrapper.isNotMetatype;
  const made = instance as object | null | undefined;
  const target: unknown = isClassProvider
    ? metatype
    : (made?.constructor ?? (isStatic ? undefined : token));
  return typeof target === 'function' ? (target as Type<object>) : undefined;
}

function ancestorIds(method: string, steps: readonly WorkflowStep[]): ReadonlySet<string> {
  const dependencies = new Map(steps.map((step) => [step.id, step.dependencies ?? []]));
  const found = new Set<string>(dependencies.get(method));
  for (const id of found) for (const next of dependencies.get(id) ?? []) found.add(next);
  return found;
}
