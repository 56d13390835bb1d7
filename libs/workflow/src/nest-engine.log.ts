import { Injectable, Logger } from '@nestjs/common';
import { EngineLog, type EngineEvent } from './engine/engine.port.js';

/** Structured lines in the application's own log. */
@Injectable()
export class NestEngineLog extends EngineLog {
  private readonly logger = new Logger('Workflow');

  override warn({ cause, ...event }: EngineEvent): void {
    this.logger.warn(event);
    if (cause instanceof Error) this.logger.debug({ cause: cause.stack ?? cause.message });
  }

  override note(event: EngineEvent): void {
    this.logger.log(event);
  }
}
