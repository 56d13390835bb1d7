import ms, { type StringValue } from 'ms';
import { WorkflowException } from './result/workflow.exception.js';

type Unit =
  | 'ms'
  | 's'
  | 'm'
  | 'h'
  | 'd'
  | 'second'
  | 'seconds'
  | 'minute'
  | 'minutes'
  | 'hour'
  | 'hours'
  | 'day'
  | 'days';

/**
 * A length of time: milliseconds, or a text such as `'5s'` or `'2 minutes'`.
 *
 * @publicApi
 */
export type Duration = number | `${number}${'' | ' '}${Unit}`;

/** Milliseconds of a duration. @throws `MODULE_OPTION_INVALID` naming the option */
export function milliseconds(duration: Duration, option: string): number {
  const value: unknown = typeof duration === 'string' ? ms(duration as StringValue) : duration;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new WorkflowException(
    'MODULE_OPTION_INVALID',
    `${option}: "${String(duration)}" is not a duration. Use milliseconds, or a text such as '5s'.`,
  );
}
