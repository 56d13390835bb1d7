import type { ErrorCode } from '../result/error-catalogue.js';
import { WorkflowException } from '../result/workflow.exception.js';

/** One thing that is wrong with a definition, where it is, and how to mend it. */
export interface DefinitionFault {
  readonly code: ErrorCode;
  /** `Class.method`, or the ids where there is no class. */
  readonly where: string;
  readonly message: string;
  readonly fix: string;
}

/** Every fault of every definition at once, so that one boot is enough to mend them all. */
export class DefinitionInvalidException extends WorkflowException {
  readonly faults: readonly DefinitionFault[];

  constructor(faults: readonly DefinitionFault[]) {
    const lines = faults.map(
      ({ code, where, message, fix }) => `  ${code} at ${where}: ${message} Fix: ${fix}`,
    );
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super(
      'DEFINITION_INVALID',
      `Found ${count} in the workflow definitions:\n${lines.join('\n')}`,
      {
        details: { faults },
      },
    );
    this.faults = faults;
  }
}
