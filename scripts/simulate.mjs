// npm run simulate: the engine in virtual time, from seeds.
import { importTypeScript } from './typescript/import-typescript.mjs';

const { main } = await importTypeScript('test/simulation/main.ts');
process.exit(await main(process.argv.slice(2)));
