// npm run mutants: leaves away one part of one statement of the store after the other.
import { importTypeScript } from './typescript/import-typescript.mjs';
import { mutableStatements } from './typescript/mutable-statements.mjs';

const { main } = await importTypeScript('test/conformance/mutants/main.ts', mutableStatements);
process.exit(await main(process.argv.slice(2)));
