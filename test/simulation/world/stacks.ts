/**
 * Errors are thrown all the time where faults are, and nobody reads their stacks: taking them costs
 * more than the faults. Work that fails is done again, so that its own error has one.
 */
export function withoutStacks<T>(work: () => T): T {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } catch {
    Error.stackTraceLimit = usual;
    return work();
  } finally {
    Error.stackTraceLimit = usual;
  }
}
