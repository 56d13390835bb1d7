import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Step,
  Workflow,
  WorkflowManager,
  WorkflowModule,
  type WorkflowModuleOptions,
} from '@luxgen/workflow';
import { gate } from '../support/gate.js';
import { step, workflow } from '../support/definitions.js';
import { IN_MEMORY, workflowApp, type WorkflowApp } from '../support/workflow-app.js';

const boot = async (imports: ModuleMetadata['imports']) => {
  const testing = Test.createTestingModule({ imports: imports ?? [], providers: [Hello] });
  const app = await testing.compile();
  app.useLogger(false);
  try {
    return await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
};

@Workflow({ id: 'hello', version: '1.0.0' })
class Hello {
  @Step()
  say(): string {
    return 'hello';
  }
}

describe('importing WorkflowModule', () => {
  it('without options is refused with the fix', async () => {
    await expect(boot([WorkflowModule])).rejects.toMatchObject({
      code: 'MODULE_NOT_CONFIGURED',
      message: expect.stringContaining('WorkflowModule.forRoot()'),
    });
  });

  it('bare in a feature module, beside forRoot() in the root module, is refused', async () => {
    @Module({ imports: [WorkflowModule] })
    class FeatureModule {}
    await expect(boot([WorkflowModule.forRoot(IN_MEMORY), FeatureModule])).rejects.toMatchObject({
      code: expect.stringMatching(/^MODULE_(NOT_CONFIGURED|IMPORTED_TWICE)$/),
    });
  });

  it('twice is refused', async () => {
    const other = { ...IN_MEMORY, limits: { concurrency: 2 } };
    await expect(
      boot([WorkflowModule.forRoot(IN_MEMORY), WorkflowModule.forRoot(other)]),
    ).rejects.toMatchObject({ code: 'MODULE_IMPORTED_TWICE' });
  });

  it('twice is refused also when a module of a module does it', async () => {
    @Module({ imports: [WorkflowModule.forRootAsync({ useFactory: () => IN_MEMORY })] })
    class FeatureModule {}
    await expect(boot([WorkflowModule.forRoot(IN_MEMORY), FeatureModule])).rejects.toMatchObject({
      code: 'MODULE_IMPORTED_TWICE',
    });
  });

  it.each<[string, WorkflowModuleOptions]>([
    ['limits.concurrency', { limits: { concurrency: 0 } }],
    ['limits.concurrency', { limits: { concurrency: 1.5 } }],
    ['limits.parallelSteps', { limits: { parallelSteps: Number.NaN } }],
    ['limits.payloadBytes', { limits: { payloadBytes: -1 } }],
    ['pollInterval', { pollInterval: 0 }],
    ['pollInterval', { pollInterval: 'soon' as '1s' }],
    ['longestWaitInMemory', { longestWaitInMemory: Infinity }],
    ['drainTimeout', { drainTimeout: -1 }],
    ['store.lockTimeout', { store: { database: ':memory:', lockTimeout: Number.NaN } }],
    ['store.tablePrefix', { store: { database: ':memory:', tablePrefix: 'a; DROP' } }],
    ['store.dataSource', { store: { dataSource: 'missing' } }],
  ])('refuses %s out of range, by name', async (option, options) => {
    await expect(
      boot([WorkflowModule.forRoot({ ...IN_MEMORY, ...options })]),
    ).rejects.toMatchObject({
      code: 'MODULE_OPTION_INVALID',
      message: expect.stringMatching(new RegExp(`^${option}:`)),
    });
  });
});

@Injectable()
class Config {
  readonly options: WorkflowModuleOptions = IN_MEMORY;
}

@Module({ providers: [Config], exports: [Config] })
class ConfigModule {}

describe('forRootAsync()', () => {
  const runs = async (imports: ModuleMetadata['imports']) => {
    const app = await boot(imports);
    const manager = app.get(WorkflowManager);
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow(Hello));
    await app.close();
    return result.data;
  };

  it('takes a factory with what it injects', async () => {
    const module = WorkflowModule.forRootAsync({
      imports: [ConfigModule],
      inject: [Config],
      useFactory: async ({ options }: Config) => Promise.resolve(options),
    });
    expect(await runs([module])).toBe('hello');
  });

  it('takes a class that creates the options', async () => {
    @Injectable()
    class OptionsFactory {
      create(): WorkflowModuleOptions {
        return IN_MEMORY;
      }
    }
    expect(await runs([WorkflowModule.forRootAsync({ useClass: OptionsFactory })])).toBe('hello');
  });

  it('checks the options as forRoot() does', async () => {
    const module = WorkflowModule.forRootAsync({
      useFactory: () => ({ ...IN_MEMORY, limits: { concurrency: -1 } }),
    });
    await expect(boot([module])).rejects.toMatchObject({ code: 'MODULE_OPTION_INVALID' });
  });

  it('passes on what the factory throws', async () => {
    const module = WorkflowModule.forRootAsync({
      useFactory: () => {
        throw new Error('no configuration');
      },
    });
    await expect(boot([module])).rejects.toThrow('no configuration');
  });
});

describe('two applications in one process', () => {
  let first: WorkflowApp;
  let second: WorkflowApp;
  afterEach(() => Promise.all([first.close(), second.close()]));

  it('have their own definitions, executions and shutdown', async () => {
    [first, second] = await Promise.all([workflowApp({ providers: [Hello] }), workflowApp({})]);
    const arrived = gate();
    const release = gate<string>();
    for (const [name, { manager }] of [['first', first] as const, ['second', second] as const]) {
      manager.registerWorkflow(
        {},
        workflow('shared', [
          step('wait', () => {
            arrived.open();
            return release.passed;
          }),
          step('name', () => name, { dependencies: ['wait'] }),
        ]),
      );
    }
    const running = first.manager.runAsTenant('acme', () => first.manager.runWorkflow('shared'));
    await arrived.passed;
    await second.close();
    release.open('go');
    expect((await running).data).toBe('first');

    second = await workflowApp({});
    expect(
      await second.manager.runAsTenant('acme', () => second.manager.runWorkflow(Hello)),
    ).toMatchObject({ statusCode: 404 });
    expect(
      await second.manager.runAsTenant('acme', () => second.manager.getTenantExecutions()),
    ).toEqual([]);
  });
});
