import { Session } from 'node:inspector/promises';
import { summarise, type ProfileSummary } from './cpu-profile.js';

/** Microseconds between two looks at the stack. */
const INTERVAL = 200;

/** Does some work under V8's profiler. */
export async function profiled(work: () => Promise<unknown>): Promise<ProfileSummary> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: INTERVAL });
    await session.post('Profiler.start');
    await work();
    const { profile } = await session.post('Profiler.stop');
    return summarise(profile);
  } finally {
    session.disconnect();
  }
}
