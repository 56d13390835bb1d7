/** Mutants that nobody notices, and why what they leave away changes nothing for the protocol. */
export interface Explanation {
  /** Names of mutants. */
  readonly mutants: readonly string[];
  readonly because: string;
}

export const SURVIVORS: readonly Explanation[] = [];
