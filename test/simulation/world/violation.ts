/** Something that must never be was. */
export interface Violation {
  /** The name of the invariant. */
  readonly invariant: string;
  readonly message: string;
  /** Virtual milliseconds. */
  readonly at: number;
}

/** Keeps what was found wrong; the first of it is what a run is about. */
export class Violations {
  readonly found: Violation[] = [];

  constructor(private readonly now: () => number) {}

  add(invariant: string, message: string): void {
    this.found.push({ invariant, message, at: this.now() });
  }
}
