// A thread whose program is TypeScript of this repository: `workerData.program` names it.
import { workerData } from 'node:worker_threads';
import { importTypeScript } from './import-typescript.mjs';

await importTypeScript(workerData.program);
