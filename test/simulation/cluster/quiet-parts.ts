import { UsageMeter } from '../../../libs/workflow/src/context/usage-meter.js';
import { EngineLog } from '../../../libs/workflow/src/engine/engine.port.js';
import { IdGenerator } from '../../../libs/workflow/src/runtime/id-generator.js';

/** Charges nothing: the CPU of a process is not the same in two runs. */
export class NoMeter extends UsageMeter {
  override start(): void {
    // Nothing is counted.
  }

  override stop(): void {
    // Nothing was counted.
  }

  override run<T>(_usage: unknown, work: () => T): T {
    return work();
  }

  override chargeCpu(): () => void {
    return () => undefined;
  }
}

/** What operators are told is not what is checked. */
export class NoLog extends EngineLog {
  override warn(): void {
    // Nobody reads it.
  }

  override note(): void {
    // Nobody reads it.
  }
}

/** Ids in the order in which they were asked for, for all processes of a run. */
export class CountedIds extends IdGenerator {
  private last = 0;

  override next(): string {
    this.last += 1;
    return `id${String(this.last).padStart(4, '0')}`;
  }
}
