import { readFileSync, writeFileSync } from 'node:fs';

/** Milliseconds between two looks where the kernel keeps no peak that can be reset. */
const BETWEEN_LOOKS = 20;

const KILOBYTE = 1024;

/** Begins to watch the resident memory of this process; what it returns ends that, with the most bytes. */
export const watchResidentPeak = (): (() => number) =>
  kernelForgetsPeak() ? peakOfKernel : watchBySampling();

/** Linux: from now on `VmHWM` is the most from now on. */
function kernelForgetsPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

function peakOfKernel(): number {
  const [, kilobytes] =
    /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kilobytes) * KILOBYTE;
}

/** Looks at it now and then. */
export function watchBySampling(): () => number {
  let most = 0;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  look();
  const timer = setInterval(look, BETWEEN_LOOKS);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}
