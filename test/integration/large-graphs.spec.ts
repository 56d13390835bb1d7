import { describe, expect, it } from '@jest/globals';
import type { WorkflowContext, WorkflowDefinition } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { runOnce, step, workflow } from '../support/definitions.js';

const CHAIN = 10_000;
const FAN = 1_000;

const id = (index: number): string => `s${index}`;

// Red when: libs/workflow/src/engine/execution-run.ts
//   - const free = (): number => this.limits.parallelSteps - this.running.size;
//   + const free = (): number => Infinity;
describe('F70 a large graph', () => {
  const start = appPerTest();

  /** Each step adds one to the output of the step before it. */
  const chain = (
    length: number,
    first: (context: WorkflowContext) => void = () => undefined,
  ): WorkflowDefinition =>
    workflow(
      `chain-${length}`,
      Array.from({ length }, (_, index) =>
        step(
          id(index),
          (context) => {
            if (index === 0) first(context);
            return index === 0 ? 1 : context.getOutput<number>(id(index - 1)) + 1;
          },
          { dependencies: index === 0 ? [] : [id(index - 1)] },
        ),
      ),
    );

  it('of 10,000 steps in a chain finishes, whatever its first step wrote for the others', async () => {
    const { manager } = await start({});
    // Every step has a writer among its ancestors.
    const write = ({ data }: WorkflowContext): void => {
      data['begun'] = true;
    };
    const result = await runOnce(manager, chain(CHAIN, write));
    expect(result).toMatchObject({ success: true, data: CHAIN });
    expect(result.metadata?.steps).toHaveLength(CHAIN);
  }, 120_000);

  it('of 1,000 parallel steps finishes, and their join sees every output', async () => {
    const { manager } = await start({});
    let most = 0;
    let running = 0;
    const fan = Array.from({ length: FAN }, (_, index) =>
      step(id(index), async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        return index;
      }),
    );
    const join = step(
      'join',
      (context) => fan.reduce((sum, _step, index) => sum + context.getOutput<number>(id(index)), 0),
      { dependencies: fan.map((one) => one.id) },
    );
    const result = await runOnce(manager, workflow('fan', [...fan, join]));
    expect(result).toMatchObject({ success: true, data: (FAN * (FAN - 1)) / 2 });
    expect(most).toBeLessThanOrEqual(16);
  }, 60_000);

  it('of 1,000 parallel steps that each write is merged for their join', async () => {
    const { manager } = await start({});
    const fan = Array.from({ length: FAN }, (_, index) =>
      step(id(index), ({ data }) => {
        data[id(index)] = index;
        data['last'] = index;
      }),
    );
    const join = step('join', ({ data }) => data, { dependencies: fan.map((one) => one.id) });
    const result = await runOnce(manager, workflow('fan', [...fan, join]));
    const data = result.data as Record<string, number>;
    expect(Object.keys(data)).toHaveLength(FAN + 1);
    expect(data['last']).toBe(FAN - 1);
  }, 60_000);

  it('that fails at its beginning skips 9,999 steps, each with its reason', async () => {
    const { manager } = await start({});
    const broken = chain(CHAIN, () => {
      throw new Error('at once');
    });
    for (const strategy of ['fail-fast', 'continue-on-error']) {
      const definition = {
        ...broken,
        id: strategy,
        errorHandling: { strategy, maxRetries: 0 },
      };
      const result = await runOnce(manager, definition);
      expect(result.success).toBe(false);
      const skipped = result.metadata?.steps.filter(({ status }) => status === 'skipped') ?? [];
      expect(skipped).toHaveLength(CHAIN - 1);
      expect(skipped.at(-1)?.reason).toBe(`Its dependency "${id(CHAIN - 2)}" was skipped.`);
    }
  }, 60_000);
});
