import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Catch,
  createParamDecorator,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
} from '@nestjs/common';
import { APP_INTERCEPTOR, REQUEST } from '@nestjs/core';
import { IsEmail, IsInt, Min } from 'class-validator';
import { map, of, type Observable } from 'rxjs';
import {
  Context,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
  type WorkflowOutcome,
} from '@luxgen/workflow';
import { workflowApp, type WorkflowApp } from '../support/workflow-app.js';

let seen: string[];

@Injectable()
class RoleGuard implements CanActivate {
  canActivate(host: ExecutionContext): boolean {
    const [context] = host.getArgs<[WorkflowContext]>();
    seen.push(`${host.getType<string>()} ${host.getClass().name}.${host.getHandler().name}`);
    return context.input !== 'refuse';
  }
}

@Injectable()
class ShoutInterceptor implements NestInterceptor {
  intercept(_host: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => `${String(value)}!`));
  }
}

class RefusalError extends Error {}

@Catch(RefusalError)
class RefusalFilter implements ExceptionFilter {
  catch(error: RefusalError, _host: ArgumentsHost): string {
    return `caught: ${error.message}`;
  }
}

@Injectable()
class DoublePipe implements PipeTransform {
  transform(value: unknown): unknown {
    return typeof value === 'string' ? `${value}${value}` : value;
  }
}

const CurrentTenant = createParamDecorator(
  (_data: unknown, host: ExecutionContext) => host.getArgs<[WorkflowContext]>()[0].tenantId,
);

@Workflow({ id: 'guarded', version: '1.0.0', errorHandling: { strategy: 'fail-fast' } })
@UseGuards(RoleGuard)
class GuardedWorkflow {
  @Step()
  work() {
    seen.push('work');
    return 'done';
  }
}

@Workflow({ id: 'adorned', version: '1.0.0', errorHandling: { strategy: 'fail-fast' } })
class AdornedWorkflow {
  @Step()
  @UseInterceptors(ShoutInterceptor)
  intercepted() {
    return 'hello';
  }

  @Step()
  @UseFilters(RefusalFilter)
  filtered(): string {
    throw new RefusalError('no');
  }

  @Step({ dependencies: ['intercepted'] })
  @UsePipes(DoublePipe)
  piped(@StepOutput('intercepted') greeting: string) {
    return greeting;
  }

  @Step()
  decorated(@CurrentTenant() tenantId: string, @Context() context: WorkflowContext) {
    return `${tenantId} ${context.stepId}`;
  }
}

const Whereabouts = createParamDecorator((_data: unknown, host: ExecutionContext) =>
  [host.getType<string>(), host.getClass().name, host.getHandler().name].join(' '),
);

/** Nothing is bound to its steps. */
@Workflow({ id: 'bare', version: '1.0.0' })
class BareWorkflow {
  @Step()
  whereabouts(
    @Whereabouts() where: string,
    _nothing?: string,
    @Context() context?: WorkflowContext,
  ) {
    return `${where} ${_nothing} ${context?.stepId}`;
  }

  @Step()
  observed(): unknown {
    return of('first', 'last');
  }

  @Step()
  undecorated(...given: unknown[]) {
    return given.map((context) => context instanceof WorkflowContext);
  }
}

@Injectable()
class NothingInterceptor implements NestInterceptor {
  intercept(_host: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Workflow({ id: 'intercepted', version: '1.0.0' })
@UseInterceptors(NothingInterceptor)
class InterceptedWorkflow extends BareWorkflow {}

class OrderDto {
  @IsInt()
  @Min(1)
  amount!: number;

  @IsEmail()
  email!: string;

  describe(): string {
    return `${this.amount} for ${this.email}`;
  }
}

@Workflow({ id: 'validated', version: '1.0.0' })
class ValidatedWorkflow {
  static readonly output = 'describe';

  @Step()
  describe(@WorkflowInput() order: OrderDto) {
    return { isInstance: order instanceof OrderDto, text: order.describe() };
  }
}

let made = 0;

@Injectable({ scope: Scope.REQUEST })
class ExecutionScoped {
  readonly number = (made += 1);

  constructor(@Inject(REQUEST) readonly context: WorkflowContext) {}
}

@Workflow({ id: 'scoped', version: '1.0.0' })
class ScopedWorkflow {
  constructor(private readonly scoped: ExecutionScoped) {}

  @Step()
  first() {
    return this.describe();
  }

  @Step({ dependencies: ['first'] })
  second() {
    return this.describe();
  }

  private describe() {
    const { number, context } = this.scoped;
    return { number, executionId: context.executionId, tenantId: context.tenantId };
  }
}

describe('a step as a Nest handler', () => {
  let running: WorkflowApp | undefined;
  beforeEach(() => {
    seen = [];
    made = 0;
  });
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  const run = async (
    workflow: new (...parameters: never[]) => object,
    input?: unknown,
    more: Provider[] = [],
    globalEnhancers = false,
  ): Promise<WorkflowOutcome<unknown>> => {
    running ??= await workflowApp({
      providers: [workflow as Provider, ...more],
      options: { globalEnhancers },
    });
    const { manager } = running;
    return manager.runAsTenant('acme', () => manager.runWorkflow(workflow, input));
  };
  const outputs = (result: WorkflowOutcome<unknown>): Record<string, unknown> =>
    Object.fromEntries((result.metadata?.steps ?? []).map(({ stepId, data }) => [stepId, data]));

  it('is asked for by the guards of its class, in a context of type workflow', async () => {
    const result = await run(GuardedWorkflow, 'admit');

    expect(result.success).toBe(true);
    expect(seen).toEqual(['workflow GuardedWorkflow.work', 'work']);
  });

  it('does not run when a guard refuses', async () => {
    const result = await run(GuardedWorkflow, 'refuse');

    expect(result).toMatchObject({ success: false, statusCode: 403 });
    expect(result.errors?.[0]).toMatchObject({ code: 'HTTP_403', stepId: 'work' });
    expect(seen).toEqual(['workflow GuardedWorkflow.work']);
  });

  it('goes through interceptors, filters, pipes and parameter decorators bound to it', async () => {
    const result = await run(AdornedWorkflow);

    expect(outputs(result)).toEqual({
      intercepted: 'hello!',
      filtered: 'caught: no',
      piped: 'hello!hello!',
      decorated: 'acme decorated',
    });
  });

  it.each([
    { called: 'by itself', workflow: BareWorkflow },
    { called: 'through an interceptor', workflow: InterceptedWorkflow },
  ])('is given and gives the same $called', async ({ workflow }) => {
    const result = await run(workflow);

    expect(outputs(result)).toEqual({
      whereabouts: `workflow ${workflow.name} whereabouts undefined whereabouts`,
      observed: 'last',
      undecorated: [true],
    });
  });

  it('receives a validated instance of the class of its input', async () => {
    const result = await run(ValidatedWorkflow, { amount: 3, email: 'ada@example.com' });

    expect(result).toMatchObject({
      success: true,
      data: { isInstance: true, text: '3 for ada@example.com' },
    });
  });

  it('is not even stored with an input that breaks the rules', async () => {
    const result = await run(ValidatedWorkflow, { amount: 0, email: 'nobody' });

    expect(result).toMatchObject({ success: false, statusCode: 422 });
    expect(result.errors?.[0]).toMatchObject({
      code: 'INPUT_INVALID',
      details: { fields: [{ path: 'amount' }, { path: 'email' }] },
    });
    const statistics = await running?.manager.runAsTenant('acme', () =>
      running?.manager.getWorkflowStatistics(),
    );
    expect(statistics?.total).toBe(0);
  });

  it('shares request-scoped providers within its execution and with no other', async () => {
    const first = outputs(await run(ScopedWorkflow, undefined, [ExecutionScoped]));
    const second = outputs(await run(ScopedWorkflow));

    expect(first['first']).toEqual(first['second']);
    expect(second['first']).toEqual(second['second']);
    expect(first['first']).toMatchObject({ number: 1, tenantId: 'acme' });
    expect(second['first']).toMatchObject({ number: 2 });
    expect((first['first'] as { executionId: string }).executionId).not.toBe(
      (second['first'] as { executionId: string }).executionId,
    );
  });

  const global: Provider = { provide: APP_INTERCEPTOR, useClass: ShoutInterceptor };

  it('does not go through global enhancers', async () => {
    const result = await run(GuardedWorkflow, 'admit', [global]);

    expect(outputs(result)).toEqual({ work: 'done' });
  });

  it('goes through global enhancers when the module says so', async () => {
    const result = await run(GuardedWorkflow, 'admit', [global], true);

    expect(outputs(result)).toEqual({ work: 'done!' });
  });
});
