import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

/**
 * Runs every promise reaction there is, and those that they bring about, before it returns: after it
 * nothing can happen but by the next event. Awaiting a number of turns would have to guess how many.
 */
export const drainMicrotasks = nativeCheckpoint();

function nativeCheckpoint(): () => void {
  setFlagsFromString('--allow-natives-syntax');
  const drain = runInThisContext('() => { %PerformMicrotaskCheckpoint(); }') as () => void;
  // Functions are compiled at their first call, and only now is the syntax known.
  drain();
  setFlagsFromString('--no-allow-natives-syntax');
  return drain;
}

/** Whether microtasks can be drained here: not inside of one. */
export function canDrain(): boolean {
  let reached = false;
  void Promise.resolve().then(() => {
    reached = true;
  });
  drainMicrotasks();
  return reached;
}

/** Calls back where microtasks can be drained, however the caller came to be. */
export const outsideMicrotasks = <T>(work: () => T): Promise<T> =>
  new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  });
