import { describe, expect, it } from '@jest/globals';
import {
  Catch,
  createParamDecorator,
  Inject,
  Injectable,
  ParseIntPipe,
  Scope,
  SetMetadata,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type ArgumentMetadata,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  type Type as Class,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, Reflector, REQUEST } from '@nestjs/core';
import { Type } from 'class-transformer';
import { IsEmail, IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import { catchError, map, of, tap, type Observable } from 'rxjs';
import {
  Context,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
} from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';

const ONCE = { strategy: 'retry', maxRetries: 0 };

@Injectable()
class Log {
  readonly lines: string[] = [];
}

const contextOf = (host: ExecutionContext): WorkflowContext => host.getArgs<[WorkflowContext]>()[0];

describe('what is bound to a step', () => {
  const start = appPerTest();

  const run = async (
    workflow: Class<object>,
    input?: unknown,
    providers: Provider[] = [],
    globalEnhancers = false,
  ) => {
    const { app, manager } = await start({
      providers: [Log, workflow, ...providers],
      options: { globalEnhancers },
    });
    const result = await manager.runAsTenant('acme', () => manager.runWorkflow(workflow, input));
    const outputs = Object.fromEntries(
      result.metadata?.steps.map(({ stepId, data }) => [stepId, data]) ?? [],
    );
    return { result, outputs, log: app.get(Log).lines };
  };

  it('to one method leaves the others alone', async () => {
    @Injectable()
    class Refuse implements CanActivate {
      async canActivate(): Promise<boolean> {
        return Promise.resolve(false);
      }
    }
    @Workflow({ id: 'w', version: '1.0.0', errorHandling: ONCE })
    class GuardedWorkflow {
      @Step()
      open(): string {
        return 'in';
      }

      @UseGuards(Refuse)
      @Step({ critical: false })
      closed(): string {
        return 'in';
      }
    }
    const { result, outputs } = await run(GuardedWorkflow);
    expect(outputs).toEqual({ open: 'in', closed: undefined });
    expect(result).toMatchObject({
      success: true,
      degraded: true,
      errors: [{ code: 'HTTP_403', message: 'Forbidden resource', stepId: 'closed' }],
    });
  });

  it('may inject, read metadata of the method, and refuse in its own words', async () => {
    @Injectable()
    class RoleGuard implements CanActivate {
      constructor(
        private readonly reflector: Reflector,
        private readonly log: Log,
      ) {}

      canActivate(host: ExecutionContext): boolean {
        const role = this.reflector.get<string | undefined>('role', host.getHandler());
        this.log.lines.push(`${host.getHandler().name} needs ${role}`);
        if (role === 'admin') throw new UnauthorizedException('Admins only');
        return contextOf(host).tenantId === 'acme';
      }
    }
    @Workflow({ id: 'w', version: '1.0.0', errorHandling: ONCE })
    @UseGuards(RoleGuard)
    class RolesWorkflow {
      @Step()
      first(): number {
        return 1;
      }

      @SetMetadata('role', 'admin')
      @Step({ dependencies: ['first'] })
      second(): number {
        return 2;
      }
    }
    const { result, log } = await run(RolesWorkflow);
    expect(log).toEqual(['first needs undefined', 'second needs admin']);
    expect(result).toMatchObject({
      success: false,
      statusCode: 401,
      errors: [{ code: 'HTTP_401', message: 'Admins only', retryable: false }],
    });
  });

  it('guards each attempt, and the repeat of what a guard could not answer', async () => {
    @Injectable()
    class Unsure implements CanActivate {
      private asked = 0;
      canActivate(): boolean {
        this.asked += 1;
        if (this.asked < 3) throw new Error('directory down');
        return true;
      }
    }
    @Workflow({
      id: 'w',
      version: '1.0.0',
      errorHandling: { strategy: 'retry', maxRetries: 3, retryDelay: 0 },
    })
    class RetriedWorkflow {
      @UseGuards(Unsure)
      @Step()
      only(): string {
        return 'in';
      }
    }
    const { result } = await run(RetriedWorkflow);
    expect(result).toMatchObject({ success: true, metadata: { steps: [{ retryCount: 2 }] } });
  });

  it('may be request-scoped: one per execution, made with its context', async () => {
    let made = 0;
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      private readonly number = (made += 1);
      constructor(
        @Inject(REQUEST) private readonly context: WorkflowContext,
        private readonly log: Log,
      ) {}

      canActivate(): boolean {
        this.log.lines.push(
          `${this.number} ${this.context.tenantId} ${String(this.context.input)}`,
        );
        return this.context.input !== 'refuse';
      }
    }
    @Workflow({ id: 'w', version: '1.0.0', errorHandling: ONCE })
    @UseGuards(ScopedGuard)
    class PlainWorkflow {
      constructor(readonly log: Log) {}

      @Step()
      first(): void {}

      @Step({ dependencies: ['first'] })
      second(): void {}
    }
    const { app, manager } = await start({ providers: [Log, PlainWorkflow] });
    const again = (input: string) =>
      manager.runAsTenant('acme', () => manager.runWorkflow(PlainWorkflow, input));
    expect((await again('a')).success).toBe(true);
    expect((await again('refuse')).statusCode).toBe(403);
    expect(app.get(Log).lines).toEqual(['1 acme a', '1 acme a', '2 acme refuse']);
  });

  it('as interceptors wraps the step: order, errors, and answers in its place', async () => {
    @Injectable()
    class Trace implements NestInterceptor {
      constructor(private readonly log: Log) {}
      intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
        const { name } = host.getHandler();
        this.log.lines.push(`before ${name}`);
        return next.handle().pipe(tap({ complete: () => this.log.lines.push(`after ${name}`) }));
      }
    }
    @Injectable()
    class Inner implements NestInterceptor {
      intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
        return next.handle().pipe(map((value) => `${String(value)} by ${host.getType<string>()}`));
      }
    }
    const Rescue: NestInterceptor = {
      intercept: (_host, next) => next.handle().pipe(catchError(() => of('rescued'))),
    };
    const Cache: NestInterceptor = { intercept: () => of('from the cache') };
    let effects = 0;
    @Workflow({ id: 'w', version: '1.0.0', errorHandling: ONCE })
    @UseInterceptors(Trace)
    class InterceptedWorkflow {
      @UseInterceptors(Inner)
      @Step()
      plain(): string {
        return 'made';
      }

      @UseInterceptors(Rescue)
      @Step({ dependencies: ['plain'] })
      broken(): string {
        throw new Error('no');
      }

      @UseInterceptors(Cache)
      @Step({ dependencies: ['broken'] })
      cached(): number {
        return (effects += 1);
      }
    }
    const { outputs, log } = await run(InterceptedWorkflow);
    expect(outputs).toEqual({
      plain: 'made by workflow',
      broken: 'rescued',
      cached: 'from the cache',
    });
    expect(effects).toBe(0);
    expect(log).toEqual(
      ['plain', 'broken', 'cached'].flatMap((name) => [`before ${name}`, `after ${name}`]),
    );
  });

  it('as filters catches what it names; everything else fails the step as ever', async () => {
    class StockError extends Error {}
    @Catch(StockError)
    class StockFilter implements ExceptionFilter {
      constructor(@Inject(Log) private readonly log: Log) {}
      async catch(error: StockError): Promise<{ caught: string }> {
        this.log.lines.push(error.message);
        return Promise.resolve({ caught: error.message });
      }
    }
    @Catch()
    class Rethrow implements ExceptionFilter {
      catch(): never {
        throw new StockError('from the filter');
      }
    }
    @Workflow({ id: 'w', version: '1.0.0', errorHandling: ONCE })
    @UseFilters(StockFilter)
    class FilteredWorkflow {
      @Step()
      named(): never {
        throw new StockError('sold out');
      }

      @Step({ critical: false })
      other(): never {
        throw new TypeError('a bug');
      }

      @UseFilters(Rethrow)
      @Step({ critical: false })
      rethrown(): never {
        throw new Error('x');
      }
    }
    const { result, outputs, log } = await run(FilteredWorkflow);
    expect(outputs['named']).toEqual({ caught: 'sold out' });
    expect(log).toEqual(['sold out']);
    expect(result.errors).toMatchObject([
      { code: 'STEP_FAILED', message: 'TypeError: a bug', stepId: 'other' },
      { code: 'STEP_FAILED', message: expect.stringContaining('from the filter') },
    ]);
  });

  it('as pipes transforms parameters of every kind, and refuses what it cannot', async () => {
    @Injectable()
    class Describe implements PipeTransform {
      transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
        return value instanceof WorkflowContext
          ? value
          : `${String(value)} ${type} ${metatype?.name}`;
      }
    }
    const Header = createParamDecorator(
      (name: string, host: ExecutionContext) => contextOf(host).metadata[name] ?? '12',
    );
    @Workflow({ id: 'w', version: '1.0.0', errorHandling: ONCE })
    class PipedWorkflow {
      @Step()
      number(@WorkflowInput(ParseIntPipe) input: number, @Header('x', ParseIntPipe) other: number) {
        return input + other;
      }

      @UsePipes(Describe)
      @Step({ dependencies: ['number'] })
      described(
        @StepOutput('number') number: number,
        @Context() context: WorkflowContext,
        plain?: string,
      ): unknown {
        return [number, context.stepId, plain];
      }

      @Step({ critical: false })
      refused(
        @Header('y', new ParseIntPipe({ exceptionFactory: () => new Error('not one') })) _n: number,
        @WorkflowInput(new ParseIntPipe()) _m: number,
      ) {
        return 'in';
      }
    }
    const { outputs } = await run(PipedWorkflow, '30');
    expect(outputs).toMatchObject({
      number: 42,
      described: ['42 custom Number', 'described', undefined],
    });
    const bad = await run(PipedWorkflow, 'thirty');
    expect(bad.result).toMatchObject({ success: false, statusCode: 400 });
  });

  it('may be nothing at all: then the method receives the context', async () => {
    @Workflow({ id: 'w', version: '1.0.0' })
    class BareWorkflow {
      @Step()
      only(context: WorkflowContext): unknown {
        return [context.tenantId, context.input, context instanceof WorkflowContext];
      }
    }
    const { result } = await run(BareWorkflow, 7);
    expect(result.data).toEqual(['acme', 7, true]);
  });
});

class AddressDto {
  @IsString()
  city!: string;
}

class UserDto {
  @IsEmail()
  email!: string;

  @ValidateNested()
  @Type(() => AddressDto)
  address!: AddressDto;

  @IsOptional()
  @IsInt()
  age?: number;
}

class PaymentDto {
  @IsString()
  card!: string;
}

describe('the class of an input', () => {
  const start = appPerTest();

  @Workflow({ id: 'w', version: '1.0.0' })
  class RegistrationWorkflow {
    @Step()
    user(@WorkflowInput() user: UserDto): boolean[] {
      return [user instanceof UserDto, user.address instanceof AddressDto];
    }

    @Step()
    payment(@WorkflowInput() payment: PaymentDto, @WorkflowInput() raw: Record<string, unknown>) {
      return [payment instanceof PaymentDto, raw.constructor === Object];
    }
  }
  const run = async (input: unknown) => {
    const { manager } = await start({ providers: [RegistrationWorkflow] });
    return manager.runAsTenant('acme', () => manager.runWorkflow(RegistrationWorkflow, input));
  };

  it('is made whole, for each parameter its own', async () => {
    const input = { email: 'a@b.cc', address: { city: 'Bern' }, card: '4242' };
    const result = await run(input);
    expect(result.data).toEqual({ user: [true, true], payment: [true, true] });
    expect(input.address).toEqual({ city: 'Bern' });
  });

  it.each<[string, unknown, string[]]>([
    ['what is nested', { email: 'a@b.cc', address: { city: 1 }, card: 'x' }, ['address.city']],
    ['several fields at once', { email: 'x', address: 3, card: 'x' }, ['email', 'address']],
    ['what another step declares', { email: 'a@b.cc', address: { city: 'Bern' } }, ['card']],
    ['nothing at all', undefined, ['email']],
    ['a text', 'hello', ['email']],
    ['null', null, ['email']],
  ])('refuses %s before anything runs, by path', async (_what, input, paths) => {
    const result = await run(input);
    expect(result).toMatchObject({ success: false, statusCode: 422 });
    const [error] = result.errors ?? [];
    expect(error).toMatchObject({ code: 'INPUT_INVALID', retryable: false });
    const fields = (error?.details?.['fields'] ?? []) as { path: string }[];
    expect(fields.map(({ path }) => path)).toEqual(expect.arrayContaining(paths));
    expect(result.metadata).toBeUndefined();
  });
});

describe('what is bound to the whole application', () => {
  const start = appPerTest();

  @Workflow({ id: 'w', version: '1.0.0', errorHandling: ONCE })
  class PlainWorkflow {
    @Step()
    echo(@WorkflowInput() input: string): string {
      return input;
    }

    @Step({ critical: false })
    broken(): never {
      throw new Error('no');
    }
  }
  const hostsOnly: CanActivate = {
    canActivate: (host) => {
      // What a guard that knows HTTP only does.
      const { headers } = host.switchToHttp().getRequest<{ headers: Record<string, string> }>();
      return headers['authorization'] !== undefined;
    },
  };
  const globals: Provider[] = [
    { provide: APP_GUARD, useValue: hostsOnly },
    { provide: APP_PIPE, useValue: { transform: () => 'piped' } },
    { provide: APP_FILTER, useValue: { catch: () => 'filtered' } },
  ];
  const run = async (globalEnhancers: boolean, providers: Provider[]) => {
    const { manager } = await start({
      providers: [PlainWorkflow, ...providers],
      options: { globalEnhancers },
    });
    return manager.runAsTenant('acme', () => manager.runWorkflow(PlainWorkflow, 'said'));
  };

  it('does not reach steps', async () => {
    expect(await run(false, globals)).toMatchObject({
      success: true,
      degraded: true,
      data: { echo: 'said' },
      errors: [{ message: 'Error: no' }],
    });
  });

  it('reaches them with globalEnhancers: true', async () => {
    const allowed = globals.slice(1);
    expect((await run(true, allowed)).data).toEqual({ echo: 'piped', broken: 'filtered' });
    const refused = await run(true, globals.slice(0, 1));
    expect(refused).toMatchObject({
      success: false,
      errors: [{ message: expect.stringContaining('TypeError'), stepId: 'echo' }],
    });
  });
});
