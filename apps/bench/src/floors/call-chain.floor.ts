import { orderNumber } from '../workflows/order.js';
import { ThreeSteps } from '../workflows/three-steps.workflow.js';
import type { Floor } from './floor.js';

/** The three step methods, called one after the other without an engine. */
export function callChainFloor(): Floor {
  const workflow = new ThreeSteps();
  let started = 0;
  return {
    async run(executions, inFlight) {
      let left = executions;
      const runNext = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const reserved = await workflow.reserve(orderNumber((started += 1)));
          const charged = await workflow.charge(reserved);
          await workflow.ship(charged);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, runNext));
    },
    close: () => Promise.resolve(),
  };
}
