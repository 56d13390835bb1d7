import { describe, expect, it } from '@jest/globals';
import type { WorkflowContext, WorkflowManager } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { gate } from '../support/gate.js';

const START = { data: { kept: 1, removed: 2, changed: 3 }, metadata: { source: 'test' } };

const run = (manager: WorkflowManager, id: string, options = START) =>
  manager.runAsTenant('acme', () => manager.runWorkflow(id, undefined, options));

describe('what steps write to context.data and context.metadata', () => {
  const start = appPerTest();

  it('is seen by those that depend on them, directly or not, and by nobody else', async () => {
    const { manager } = await start({});
    const begun = gate();
    const written = gate();
    const look = (context: WorkflowContext) => ({ ...context.data, ...context.metadata });
    manager.registerWorkflow(
      {},
      workflow(
        'w',
        [
          step('writer', async (context) => {
            await begun.passed;
            context.data['written'] = true;
            context.metadata['by'] = 'writer';
            delete context.data['removed'];
            context.data['changed'] = 'new';
          }),
          step('child', look, { dependencies: ['writer'] }),
          step('grandchild', look, { dependencies: ['child'] }),
          step('beside', async (context) => {
            begun.open();
            await written.passed;
            return look(context);
          }),
          step(
            'signal',
            () => {
              written.open();
            },
            { dependencies: ['writer'] },
          ),
          step('behind-beside', look, { dependencies: ['beside'] }),
        ],
        {},
      ),
    );
    const result = await run(manager, 'w');
    const outputs = Object.fromEntries(
      result.metadata?.steps.map(({ stepId, data }) => [stepId, data]) ?? [],
    );
    const before = { kept: 1, removed: 2, changed: 3, source: 'test' };
    const after = { kept: 1, changed: 'new', written: true, source: 'test', by: 'writer' };
    expect(outputs).toMatchObject({
      child: after,
      grandchild: after,
      beside: before,
      'behind-beside': before,
    });
  });

  it('to one key by two parallel steps ends as the later one in definition order says', async () => {
    const { manager } = await start({});
    const secondWrote = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('one', async ({ data }) => {
          await secondWrote.passed;
          data['winner'] = 'one';
          data['one'] = true;
        }),
        step('two', ({ data }) => {
          data['winner'] = 'two';
          data['two'] = true;
          secondWrote.open();
        }),
        step('both', ({ data }) => data, { dependencies: ['two', 'one'] }),
      ]),
    );
    const result = await run(manager, 'w');
    expect(result.data).toMatchObject({ winner: 'two', one: true, two: true });
  });

  it('to a key that a dependency wrote is the later one, wherever the two are defined', async () => {
    const { manager } = await start({});
    manager.registerWorkflow(
      {},
      workflow('w', [
        step(
          'overwrites',
          ({ data }) => {
            data['winner'] = 'overwrites';
          },
          { dependencies: ['writes'] },
        ),
        step('writes', ({ data }) => {
          data['winner'] = 'writes';
        }),
        step('read', ({ data }) => data['winner'], { dependencies: ['overwrites'] }),
      ]),
    );
    expect((await run(manager, 'w')).data).toBe('overwrites');
  });

  it('may replace the whole object', async () => {
    const { manager } = await start({});
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('replace', (context) => {
          context.data = { only: new Date(1) };
          context.metadata = {};
        }),
        step('read', ({ data, metadata }) => ({ data, metadata }), { dependencies: ['replace'] }),
      ]),
    );
    expect((await run(manager, 'w')).data).toEqual({ data: { only: new Date(1) }, metadata: {} });
  });

  it('is what was there when the step settled, deeply, and frozen from then on', async () => {
    const { manager } = await start({});
    const mine = { list: [1] };
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('write', ({ data }) => {
          data['mine'] = mine;
          mine.list.push(2);
        }),
        step(
          'read',
          ({ data }) => {
            mine.list.push(3);
            const frozen = Object.isFrozen((data['mine'] as typeof mine).list);
            return { ...data, frozen };
          },
          { dependencies: ['write'] },
        ),
      ]),
    );
    expect((await run(manager, 'w')).data).toMatchObject({ mine: { list: [1, 2] }, frozen: true });
  });

  it('is dropped when the attempt fails', async () => {
    const { manager } = await start({});
    manager.registerWorkflow(
      {},
      workflow('w', [
        step(
          'flaky',
          ({ data, retryCount }) => {
            const before = { ...data };
            data['attempt'] = retryCount;
            if (retryCount === 0) {
              data['lost'] = true;
              throw new Error('once');
            }
            return before;
          },
          { retry: { maxRetries: 1, retryDelay: 0 } },
        ),
        step('read', (context) => ({ seen: context.getOutput('flaky'), now: context.data }), {
          dependencies: ['flaky'],
        }),
      ]),
    );
    expect((await run(manager, 'w')).data).toEqual({
      seen: START.data,
      now: { ...START.data, attempt: 1 },
    });
  });

  it('fails the step, once, when it cannot be stored', async () => {
    const { manager } = await start({});
    let attempts = 0;
    const bad = (id: string, write: (context: WorkflowContext) => void) =>
      step(
        id,
        (context) => {
          attempts += 1;
          write(context);
        },
        { critical: false, retry: { maxRetries: 3, retryDelay: 0 } },
      );
    manager.registerWorkflow(
      {},
      workflow('w', [
        bad('function', ({ data }) => (data['f'] = () => 1)),
        bad('proto', ({ metadata }) =>
          Object.defineProperty(metadata, '__proto__', {
            value: { admin: true },
            enumerable: true,
          }),
        ),
        bad('no-object', (context) => (context.data = undefined as never)),
        bad('no-object-either', (context) => (context.metadata = 'text' as never)),
      ]),
    );
    const result = await run(manager, 'w');
    expect(attempts).toBe(4);
    expect(result.errors).toMatchObject([
      { stepId: 'function', retryable: false },
      { stepId: 'proto', retryable: false },
      { stepId: 'no-object', retryable: false },
      { stepId: 'no-object-either', retryable: false },
    ]);
  });

  it('does not change what the caller gave, nor the tenant, nor what the next execution sees', async () => {
    const { manager } = await start({});
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('a', (context) => {
          const { tenantConfig } = context;
          const before = [context.data['n'], tenantConfig.limits.maxUsers, context.dataEncryption];
          context.data['n'] = 99;
          tenantConfig.limits.maxUsers = 99;
          tenantConfig.features.push('everything');
          context.userPermissions.push('admin');
          context.dataEncryption = true;
          return { before, permissions: context.userPermissions };
        }),
      ]),
    );
    const options = { data: { n: 1 }, metadata: {} };
    for (let time = 0; time < 2; time += 1) {
      const result = await manager.runAsTenant('acme', () =>
        manager.runWorkflow('w', undefined, options),
      );
      expect(result.data).toEqual({ before: [1, 10, false], permissions: [] });
      expect(result.metadata?.tenantContext).toMatchObject({
        limits: { maxUsers: 10 },
        features: ['user-management'],
      });
    }
    expect(options).toEqual({ data: { n: 1 }, metadata: {} });
  });
});
