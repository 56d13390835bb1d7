import type { WorkflowContext, WorkflowDefinition } from '@luxgen/workflow';
import type { Effects, OrderInput } from './effects.js';

/** The graph of the order workflow, written without decorators. */
export function handwrittenOrder(effects: Effects): WorkflowDefinition {
  const act =
    (step: string) =>
    ({ input }: WorkflowContext): string =>
      effects.apply(input as OrderInput, step);
  return {
    id: 'order',
    version: '1.0.0',
    steps: [
      { id: 'reserve', handler: act('reserve') },
      { id: 'charge', dependencies: ['reserve'], handler: act('charge') },
      { id: 'pack', dependencies: ['reserve'], handler: act('pack') },
      { id: 'ship', dependencies: ['charge', 'pack'], handler: act('ship') },
      { id: 'notify', dependencies: ['ship'], handler: act('notify') },
    ],
  };
}
