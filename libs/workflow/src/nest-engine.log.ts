import { Injectable, Logger } from '@nestjs/common';
import { EngineLog, type EngineEvent } from './engine/engine.port.js';

/** Structured lines in the application's own log. */
@Injectable()
export class NestEngineLog extends EngineLog {
  private readonly logger = new Logger('Workflow');

  override warn({ cause, ...event }: EngineEvent): void {
    unharmed(() => {
      this.logger.warn(event);
      if (cause instanceof Error) this.logger.debug({ cause: cause.stack ?? cause.message });
    });
  }

  override note(event: EngineEvent): void {
    unharmed(() => this.logger.log(event));
  }
}

/** The application's logger may throw; the engine goes on without the line. */
function unharmed(write: () => void): void {
  try {
    write();
  } catch {
    // There is nobody left to tell.
  }
}
