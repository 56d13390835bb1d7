import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  Module,
  Scope,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import { IsString } from 'class-validator';
import { map, type Observable } from 'rxjs';
import {
  Context,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
  type WorkflowReference,
} from '@luxgen/workflow';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

@Injectable()
class Counter {
  private value = 0;

  next(): number {
    this.value += 1;
    return this.value;
  }
}

@Workflow({ id: 'counting', version: '1.0.0' })
class CountingWorkflow {
  private calls = 0;

  constructor(protected readonly counter: Counter) {}

  @Step()
  count(): number {
    return this.counter.next();
  }

  @Step({ dependencies: ['count'] })
  report(@StepOutput('count') count: number, @Context() context: WorkflowContext) {
    this.calls += 1;
    return { count, calls: this.calls, step: context.stepId };
  }
}

class NameDto {
  @IsString()
  name!: string;
}

@Workflow({ id: 'typed-input', version: '1.0.0' })
class TypedInputWorkflow {
  @Step()
  only(@WorkflowInput() input: NameDto): boolean {
    return input instanceof NameDto;
  }
}

describe('finding workflows', () => {
  let running: WorkflowApp | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  const start = async (...providers: Provider[]): Promise<void> => {
    running = await workflowApp({ providers });
  };
  const run = (ref: WorkflowReference, input?: unknown) => {
    const { manager } = running as WorkflowApp;
    return manager.runAsTenant('acme', () => manager.runWorkflow(ref, input));
  };

  it.each<[string, Provider[]]>([
    ['a class', [CountingWorkflow]],
    ['useClass', [{ provide: 'FLOW', useClass: CountingWorkflow }]],
    [
      'useFactory',
      [
        {
          provide: 'FLOW',
          inject: [Counter],
          useFactory: (counter: Counter) => new CountingWorkflow(counter),
        },
      ],
    ],
    [
      'an asynchronous useFactory without dependencies',
      [
        {
          provide: CountingWorkflow,
          useFactory: async () => Promise.resolve(new CountingWorkflow(new Counter())),
        },
      ],
    ],
    ['useValue', [{ provide: 'FLOW', useValue: new CountingWorkflow(new Counter()) }]],
    [
      'a class and an alias of it',
      [CountingWorkflow, { provide: 'ALIAS', useExisting: CountingWorkflow }],
    ],
  ])(
    'finds the workflow behind %s, once, and keeps its one instance',
    async (_shape, providers) => {
      await start(Counter, ...providers);
      await run('counting');
      const second = await run('counting');
      expect(second).toMatchObject({
        success: true,
        data: { count: 2, calls: 2, step: 'report' },
      });
      const { manager } = running as WorkflowApp;
      expect(await manager.runAsTenant('acme', () => manager.getTenantWorkflows())).toEqual([
        'counting',
      ]);
    },
  );

  it('finds a workflow in a module within a module, with the providers of its own', async () => {
    @Module({ providers: [Counter, CountingWorkflow] })
    class InnerModule {}
    @Module({ imports: [InnerModule] })
    class OuterModule {}
    running = await workflowApp({ imports: [OuterModule] });
    expect(await run(CountingWorkflow)).toMatchObject({ success: true, data: { count: 1 } });
  });

  it.each([
    ['request-scoped', Scope.REQUEST],
    ['transient', Scope.TRANSIENT],
  ])('makes a %s workflow once per execution', async (_name, scope) => {
    @Workflow({ id: 'scoped', version: '1.0.0', scope })
    class ScopedWorkflow {
      private calls = 0;
      constructor(private readonly counter: Counter) {}

      @Step()
      first(): number {
        this.calls += 1;
        return this.counter.next();
      }

      @Step({ dependencies: ['first'] })
      second(): { calls: number } {
        this.calls += 1;
        return { calls: this.calls };
      }
    }
    const alias = { provide: 'ALIAS', useExisting: ScopedWorkflow };
    await start(Counter, ScopedWorkflow, alias);
    expect(await run(ScopedWorkflow)).toMatchObject({ success: true, data: { calls: 2 } });
    expect(await run(ScopedWorkflow)).toMatchObject({ success: true, data: { calls: 2 } });
  });

  it('finds the workflow behind a request-scoped factory by its token', async () => {
    @Workflow({ id: 'made', version: '1.0.0' })
    class MadeWorkflow {
      constructor(private readonly made: number) {}

      @Step()
      only(): number {
        return this.made;
      }
    }
    let made = 0;
    await start({
      provide: MadeWorkflow,
      scope: Scope.REQUEST,
      useFactory: () => new MadeWorkflow((made += 1)),
    });
    expect((await run(MadeWorkflow)).data).toBe(1);
    expect((await run(MadeWorkflow)).data).toBe(2);
  });

  it('keeps scoped workflows of two modules apart that share a token', async () => {
    @Workflow({ id: 'left', version: '1.0.0', scope: Scope.REQUEST })
    class LeftWorkflow {
      @Step()
      only(): string {
        return 'left';
      }
    }
    @Workflow({ id: 'right', version: '1.0.0', scope: Scope.REQUEST })
    class RightWorkflow {
      @Step()
      only(): string {
        return 'right';
      }
    }
    @Module({ providers: [{ provide: 'FLOW', useClass: LeftWorkflow }] })
    class LeftModule {}
    @Module({ providers: [{ provide: 'FLOW', useClass: RightWorkflow }] })
    class RightModule {}
    running = await workflowApp({ imports: [LeftModule, RightModule] });
    expect((await run('left')).data).toBe('left');
    expect((await run('right')).data).toBe('right');
  });

  it('gives a subclass the steps of its parent, its own, and what it overrides', async () => {
    @Workflow({ id: 'sub', version: '1.0.0' })
    class SubWorkflow extends CountingWorkflow {
      static readonly output = 'shout';

      override count(): number {
        return 40 + super.count();
      }

      @Step({ dependencies: ['report'] })
      shout(@StepOutput('report') report: { count: number }): string {
        return `${report.count}!`;
      }
    }
    await start(Counter, SubWorkflow, CountingWorkflow);
    expect((await run(SubWorkflow)).data).toBe('41!');
    // The parent has not grown by what its subclass declares.
    const parent = await run(CountingWorkflow);
    expect(parent.metadata?.steps.map(({ stepId }) => stepId)).toEqual(['count', 'report']);
  });

  it('takes a subclass for a workflow only if it says so itself', async () => {
    class PlainSub extends CountingWorkflow {}
    await start(Counter, PlainSub);
    expect(await run('counting')).toMatchObject({ success: false, statusCode: 404 });
  });

  it('starts the highest version by the rules of semantic versions', async () => {
    const version = (number: string) => {
      @Workflow({ id: 'versioned', version: number })
      class VersionedWorkflow {
        @Step()
        only(): string {
          return number;
        }
      }
      return VersionedWorkflow;
    };
    await start(...['9.0.0', '10.0.0', '10.0.1-rc.1', '2.11.0'].map(version));
    const result = await run('versioned');
    expect(result.data).toBe('10.0.1-rc.1');
    expect(result.metadata?.workflowVersion).toBe('10.0.1-rc.1');
  });

  it('names the class that is not a provider', async () => {
    await start(Counter);
    expect(await run(CountingWorkflow)).toMatchObject({
      success: false,
      statusCode: 404,
      errors: [
        {
          code: 'WORKFLOW_NOT_FOUND',
          message: expect.stringContaining('"CountingWorkflow" is not a registered') as unknown,
        },
      ],
    });
  });

  it('survives providers of every odd shape beside the workflows', async () => {
    await start(
      Counter,
      CountingWorkflow,
      { provide: 'NULL', useValue: null },
      { provide: 'ZERO', useValue: 0 },
      { provide: 'BARE', useValue: Object.create(null) as object },
      { provide: 'NOTHING', useFactory: () => undefined },
      { provide: 'CLASS', useValue: CountingWorkflow },
    );
    expect(await run(CountingWorkflow)).toMatchObject({ success: true });
  });

  it('validates and transforms the input of a workflow that no class provider made', async () => {
    await start({ provide: 'FLOW', useFactory: () => new TypedInputWorkflow() });
    expect((await run('typed-input', { name: 'Ada' })).data).toBe(true);
    expect(await run('typed-input', { name: 1 })).toMatchObject({ statusCode: 422 });
  });
});

@Injectable()
class Refuse implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable()
class Shout implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<string>): Observable<string> {
    return next.handle().pipe(map((text) => text.toUpperCase()));
  }
}

@Injectable()
class Trim implements PipeTransform<string, string> {
  transform(text: string): string {
    return text.trim();
  }
}

@Workflow({ id: 'adorned', version: '1.0.0' })
@UseInterceptors(Shout)
class AdornedWorkflow {
  @UseGuards(Refuse)
  @Step()
  guarded(): string {
    return 'in';
  }

  @UsePipes(Trim)
  @Step()
  piped(@WorkflowInput(Trim) input: string): string {
    return input;
  }
}

@Workflow({ id: 'instances', version: '1.0.0' })
class InstancesWorkflow {
  @UseGuards(new Refuse())
  @Step()
  guarded(): string {
    return 'in';
  }
}

describe('enhancers of a workflow that Nest does not make from its class', () => {
  let running: WorkflowApp | undefined;
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  it.each<[string, Provider]>([
    ['useFactory', { provide: 'FLOW', useFactory: () => new AdornedWorkflow() }],
    ['useValue', { provide: AdornedWorkflow, useValue: new AdornedWorkflow() }],
  ])('are refused at boot rather than skipped: %s', async (_shape, provider) => {
    const boot = workflowApp({ providers: [provider] });
    await expect(boot).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
      faults: [
        { where: 'AdornedWorkflow', message: expect.stringContaining('@UseInterceptors(Shout)') },
        { where: 'AdornedWorkflow.guarded', fix: expect.stringContaining('new Refuse()') },
        { where: 'AdornedWorkflow.piped', message: expect.stringContaining('@UsePipes(Trim)') },
        { where: 'AdornedWorkflow.piped', message: expect.stringContaining('pipe Trim') },
      ],
    });
  });

  it('apply when they are bound as instances', async () => {
    running = await workflowApp({
      providers: [{ provide: 'FLOW', useFactory: () => new InstancesWorkflow() }],
    });
    const { manager } = running;
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow('instances'));
    expect(result).toMatchObject({ success: false, statusCode: 403 });
  });

  it('apply behind useClass', async () => {
    running = await workflowApp({ providers: [{ provide: 'FLOW', useClass: AdornedWorkflow }] });
    const { manager } = running;
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow('adorned', ' a '));
    expect(result).toMatchObject({ success: false, statusCode: 403 });
  });
});
