/** What a server tells the process that forked it. */
export type ServerMessage =
  { readonly port: number } | { readonly pausedBefore: string; readonly executionId: string };

/** Nobody hears it when the process was not forked. */
export const tellParent = (message: ServerMessage): void => {
  process.send?.(message);
};

/** Ends a forked process when the one that forked it is gone. */
export function endWithParent(end: () => void): void {
  if (!process.send) return;
  if (process.connected) process.once('disconnect', end);
  else end();
}
