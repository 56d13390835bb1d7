// npm run simulate: the engine in virtual time, from seeds.
import { importTypeScript } from './typescript/import-typescript.mjs';
import { mutableStatements } from './typescript/mutable-statements.mjs';

const { main } = await importTypeScript('test/simulation/main.ts', mutableStatements);
process.exit(await main(process.argv.slice(2)));
