// npm start [-- --once]: builds when needed, then runs the demo's tour with the same arguments.
import { runBuilt } from './run-built.mjs';

await runBuilt('demo', 'tour');
