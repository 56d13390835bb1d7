import { Injectable } from '@nestjs/common';
import { rcompare } from 'semver';
import type { CheckedWorkflow } from '../definition/checked-workflow.js';
import { Definitions } from '../engine/execution-engine.js';

/** Answers look-ups of checked workflows. */
@Injectable()
export class WorkflowDefinitions extends Definitions {
  /** By id; the highest version first. */
  private readonly versions = new Map<string, CheckedWorkflow[]>();
  private readonly byCapability = new Map<string, CheckedWorkflow>();

  add(workflow: CheckedWorkflow): void {
    const versions = [...(this.versions.get(workflow.id) ?? []), workflow];
    versions.sort((a, b) => rcompare(a.version, b.version));
    this.versions.set(workflow.id, versions);
    this.byCapability.set(workflow.capability, workflow);
  }

  has(id: string, version: string): boolean {
    return this.versions.get(id)?.some((workflow) => workflow.version === version) ?? false;
  }

  latest(id: string): CheckedWorkflow | undefined {
    return this.versions.get(id)?.[0];
  }

  override withCapability(capability: string): CheckedWorkflow | undefined {
    return this.byCapability.get(capability);
  }

  get capabilities(): readonly string[] {
    return [...this.byCapability.keys()];
  }

  get ids(): readonly string[] {
    return [...this.versions.keys()];
  }
}
