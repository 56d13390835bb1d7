import { Inject, Injectable } from '@nestjs/common';
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
    const segments = [this.globalPrefix(), this.path, 'executions', executionId];
    return `/${segments
      .map((segment) => segment.replaceAll(/^\/+|\/+$/g, ''))
      .filter(Boolean)
      .join('/')}`;
  }

  /** Nest tells nobody the prefix of the application; this is the one provider that can reach it. */
  private globalPrefix(): string {
    const { container } = this.external as unknown as {
      container?: { applicationConfig?: ApplicationConfig };
    };
    return container?.applicationConfig?.getGlobalPrefix() ?? '';
  }
}
