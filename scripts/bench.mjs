// npm run bench [-- --json]: builds when needed, then measures with the same arguments.
import { runBuilt } from './run-built.mjs';

await runBuilt('bench', 'main');
