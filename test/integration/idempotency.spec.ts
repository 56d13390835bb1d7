import { describe, expect, it } from '@jest/globals';
import { NonRetryableError } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { databaseFilePerTest } from '../support/database-file.js';
import { step, workflow } from '../support/definitions.js';
import { gate } from '../support/gate.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('a start with an idempotency key', () => {
  const start = appPerTest();
  const databaseFile = databaseFilePerTest();
  const key = { idempotencyKey: 'order-1' };

  it('F60 a hundred times at once is one execution, with one result for all', async () => {
    const { manager } = await start({});
    let effects = 0;
    manager.registerWorkflow({}, workflow('w', [step('a', () => (effects += 1))]));
    await manager.runAsTenant('acme', async () => {
      const handles = await Promise.all(
        Array.from({ length: 100 }, () => manager.startWorkflow('w', { n: 1 }, key)),
      );
      expect(new Set(handles.map(({ executionId }) => executionId)).size).toBe(1);
      expect(handles.filter((handle) => handle.accepted && handle.joined)).toHaveLength(99);
      const results = await Promise.all(handles.map((handle) => handle.result()));
      for (const result of results) expect(result).toMatchObject({ success: true, data: 1 });
      expect(await manager.getTenantExecutions()).toHaveLength(1);
    });
    expect(effects).toBe(1);
  });

  // Red when: libs/workflow/src/workflow-starts.ts
  //   - if (joined.inputHash !== execution.inputHash) {
  //   + if (false) {
  it('F60 and with different inputs at once is one execution and refusals of the others', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', ({ input }) => input)]));
    await manager.runAsTenant('acme', async () => {
      const results = await Promise.all(
        Array.from({ length: 40 }, (_, n) => manager.runWorkflow('w', n % 4, key)),
      );
      const [winner] = results.flatMap(({ data }) => (data === undefined ? [] : [data as unknown]));
      results.forEach((result, n) => {
        if (n % 4 === winner) expect(result).toMatchObject({ success: true, data: winner });
        else {
          expect(result).toMatchObject({
            success: false,
            statusCode: 422,
            errors: [{ code: 'IDEMPOTENCY_MISMATCH' }],
          });
        }
      });
      expect(await manager.getTenantExecutions()).toHaveLength(1);
    });
  });

  // Red when: libs/workflow/src/workflow-starts.ts
  //   - idempotencyKey === undefined ? hashPayload(input) : hashOfContent(input)
  //   + hashPayload(input)
  it('F60 and with the keys of the same input in another order is one execution', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', ({ input }) => input)]));
    await manager.runAsTenant('acme', async () => {
      const first = await manager.startWorkflow('w', { a: 1, b: { c: 2, d: [3] } }, key);
      const again = await manager.startWorkflow('w', { b: { d: [3], c: 2 }, a: 1 }, key);
      expect(again).toMatchObject({ joined: true, executionId: first.executionId });
    });
  });

  it('makes another execution when the lifetime of the key is over', async () => {
    const clock = new VirtualClock();
    const { manager } = await start({
      clock,
      options: { store: { database: databaseFile(), idempotencyKeyLifetime: '1m' } },
    });
    manager.registerWorkflow({}, workflow('w', [step('a', ({ input }) => input)]));
    await manager.runAsTenant('acme', async () => {
      expect(await manager.runWorkflow('w', 1, key)).toMatchObject({ data: 1 });
      await clock.advance(20_000);
      expect(await manager.runWorkflow('w', 2, key)).toMatchObject({ statusCode: 422 });
      await clock.advance(60_000);

      expect(await manager.runWorkflow('w', 2, key)).toMatchObject({ data: 2 });
      expect(await manager.runWorkflow('w', 2, key)).toMatchObject({ data: 2 });
      expect(await manager.getTenantExecutions()).toHaveLength(2);
    });
  });

  it('joins a running execution, and one that has ended, however it ended', async () => {
    const { manager } = await start({});
    const release = gate();
    manager.registerWorkflow(
      {},
      workflow('w', [
        step('a', async () => {
          await release.passed;
          throw new NonRetryableError('no', { code: 'BROKEN', statusCode: 402 });
        }),
      ]),
    );
    await manager.runAsTenant('acme', async () => {
      const first = await manager.startWorkflow('w', {}, key);
      const second = await manager.startWorkflow('w', {}, key);
      expect(second).toMatchObject({ joined: true, executionId: first.executionId });
      release.open();
      const failed = { success: false, statusCode: 402, errors: [{ code: 'BROKEN' }] };
      expect(await second.result()).toMatchObject(failed);
      expect(await manager.runWorkflow('w', {}, key)).toMatchObject(failed);
    });
  });

  it('is told the result although a retry of the same execution is refused meanwhile', async () => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', () => 'done')]));
    await manager.runAsTenant('acme', async () => {
      const id = String((await manager.runWorkflow('w', {}, key)).metadata?.executionId);
      for (let turns = 0; turns < 60; turns += 1) {
        const joined = manager.runWorkflow('w', {}, key);
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        const retry = manager.retryExecution(id);
        expect(await retry).toMatchObject({ errors: [{ code: 'EXECUTION_NOT_RETRYABLE' }] });
        expect((await joined).data).toBe('done');
      }
    });
  });

  it('belongs to one tenant and one workflow', async () => {
    const { manager } = await start({});
    for (const id of ['w', 'v']) {
      manager.registerWorkflow({}, workflow(id, [step('a', ({ executionId }) => executionId)]));
    }
    const run = (tenant: string, id: string) =>
      manager.runAsTenant(tenant, () => manager.runWorkflow(id, {}, key));
    const results = await Promise.all([
      run('acme', 'w'),
      run('acme', 'v'),
      run('globex', 'w'),
      run('acme', 'w'),
    ]);
    expect(new Set(results.map(({ data }) => data)).size).toBe(3);
    expect(results[0]?.data).toBe(results[3]?.data);
  });

  it('holds across a restart of the application', async () => {
    const options = { store: { database: databaseFile() } };
    let effects = 0;
    const definition = workflow('w', [step('a', () => (effects += 1))]);
    for (let life = 0; life < 2; life += 1) {
      const { manager, close } = await start({ options });
      manager.registerWorkflow({}, definition);
      const result = await manager.runAsTenant('acme', () => manager.runWorkflow('w', {}, key));
      expect(result.data).toBe(1);
      await close();
    }
    expect(effects).toBe(1);
  });

  it.each([
    ['', 'empty'],
    ['x'.repeat(256), '256 characters'],
    ['a b', 'a space'],
    ['schlüssel', 'not ASCII'],
    ['a\u0000', 'a NUL'],
  ])('refuses %j: %s', async (idempotencyKey) => {
    const { manager } = await start({});
    manager.registerWorkflow({}, workflow('w', [step('a', () => 1)]));
    const result = await manager.runAsTenant('acme', () =>
      manager.runWorkflow('w', {}, { idempotencyKey }),
    );
    expect(result).toMatchObject({ success: false, errors: [{ code: 'IDEMPOTENCY_KEY_INVALID' }] });
  });
});
