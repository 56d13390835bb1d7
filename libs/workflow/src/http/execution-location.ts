import { Inject, Injectable, RequestMethod } from '@nestjs/common';
import { ExternalContextCreator, type ApplicationConfig } from '@nestjs/core';

export const EXECUTIONS_PATH = Symbol('EXECUTIONS_PATH');

/** Address of an execution, for the `Location` of a 202. */
@Injectable()
export class ExecutionLocation {
  constructor(
    @Inject(EXECUTIONS_PATH) private readonly path: string | false,
    private readonly external: ExternalContextCreator,
  ) {}

  of(executionId: string): string | undefined {
    if (this.path === false) return undefined;
    return joined(this.globalPrefix(this.path), this.path, 'executions', executionId);
  }

  /** Nest tells nobody the prefix of the application; this is the one provider that can reach it. */
  private globalPrefix(path: string): string {
    const { container } = this.external as unknown as {
      container?: { applicationConfig?: ApplicationConfig };
    };
    const config = container?.applicationConfig;
    const route = joined(path, 'executions', ':id');
    const isExcluded = config
      ?.getGlobalPrefixOptions()
      .exclude?.some(
        ({ requestMethod, pathRegex }) =>
          [RequestMethod.ALL, RequestMethod.GET].includes(requestMethod) && pathRegex.test(route),
      );
    return isExcluded ? '' : (config?.getGlobalPrefix() ?? '');
  }
}

const joined = (...segments: string[]): string =>
  `/${segments
    .map((segment) => segment.replaceAll(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/')}`;
