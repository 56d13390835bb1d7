/** Does by hand what the engine does in W1, and nothing else. */
export interface Floor {
  /** Runs so many executions to their end, so many of them at a time. */
  run(executions: number, inFlight: number): Promise<void>;
  close(): Promise<void>;
}
