import { parentPort, workerData } from 'node:worker_threads';
import { outsideMicrotasks } from '../world/microtasks.js';
import { runShare, type Share } from './seed-range.js';

const { share } = workerData as { readonly share: Share };
const failures = await outsideMicrotasks(() => runShare(share));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(failures);
