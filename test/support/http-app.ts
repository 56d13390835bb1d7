import {
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type DynamicModule,
  type ExecutionContext,
  type INestApplication,
  type LoggerService,
  type Provider,
  type Type,
} from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  Clock,
  WorkflowManager,
  WorkflowModule,
  type WorkflowModuleExtras,
  type WorkflowModuleOptions,
} from '@luxgen/workflow';
import { send, type Answer, type Sending } from './http-client.js';
import { IN_MEMORY } from './workflow-app.js';

export type Platform = 'express' | 'fastify';

export const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

const ADAPTERS: Record<Platform, () => AbstractHttpAdapter> = {
  express: () => new ExpressAdapter(),
  fastify: () => new FastifyAdapter(),
};

/** Who sends a request, for {@link HeaderAuthGuard}. */
export type TestUser = Readonly<Record<string, unknown>>;

/** Stands for an application's own authentication: believes the header `x-user`. */
@Injectable()
export class HeaderAuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string | undefined>; user?: unknown }>();
    const claims = request.headers['x-user'];
    if (claims === 'expired') throw new UnauthorizedException('The credentials have expired');
    if (claims !== undefined) request.user = JSON.parse(claims) as unknown;
    return true;
  }
}

/** Keeps what an application logs. */
export class LogBook implements LoggerService {
  readonly entries: (readonly unknown[])[] = [];

  log = (...parts: unknown[]): void => this.keep(parts);
  error = (...parts: unknown[]): void => this.keep(parts);
  warn = (...parts: unknown[]): void => this.keep(parts);
  debug = (...parts: unknown[]): void => this.keep(parts);

  private keep(parts: readonly unknown[]): void {
    this.entries.push(parts);
  }
}

export interface HttpAppSetup {
  readonly controllers?: Type<object>[];
  readonly providers?: Provider[];
  readonly imports?: (DynamicModule | Type<object>)[];
  readonly options?: WorkflowModuleOptions & WorkflowModuleExtras;
  readonly clock?: Clock;
  /** Before the application begins to listen. */
  readonly configure?: (app: INestApplication) => void;
}

/** An application that listens on a port of its own. */
export interface HttpApp {
  readonly app: INestApplication;
  readonly manager: WorkflowManager;
  readonly url: string;
  readonly log: LogBook;
  send(path: string, sending?: Sending & { as?: TestUser }): Promise<Answer>;
  close(): Promise<void>;
}

/** JSON in the letters a header may have. */
export const claimsOf = (user: TestUser): string =>
  JSON.stringify(user).replaceAll(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export async function httpApp(platform: Platform, setup: HttpAppSetup = {}): Promise<HttpApp> {
  const { controllers = [], providers = [], imports = [], options = {}, clock, configure } = setup;
  const log = new LogBook();
  const builder = Test.createTestingModule({
    imports: [...imports, WorkflowModule.forRoot({ ...IN_MEMORY, ...options })],
    controllers,
    providers,
  });
  if (clock) builder.overrideProvider(Clock).useValue(clock);
  const compiled = await builder.setLogger(log).compile();
  const app = compiled.createNestApplication(ADAPTERS[platform](), { logger: log });
  configure?.(app);
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as { port: number };
  const url = `http://127.0.0.1:${port}`;
  return {
    app,
    manager: app.get(WorkflowManager),
    url,
    log,
    send: (path, { as, headers = [], ...rest } = {}) =>
      send(url, path, {
        ...rest,
        headers: as ? [['x-user', claimsOf(as)], ...headers] : headers,
      }),
    close: () => app.close(),
  };
}
