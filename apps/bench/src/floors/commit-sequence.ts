/** Single rows, committed one after the other. */
export interface CommitSequence {
  /** Writes a row in a commit of its own. */
  commit(id: string): Promise<void>;
  close(): Promise<void>;
}
