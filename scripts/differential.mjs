// npm run differential: the same commands on every store, from seeds.
import { importTypeScript } from './typescript/import-typescript.mjs';

const { main } = await importTypeScript('test/conformance/differential/main.ts');
process.exit(await main(process.argv.slice(2)));
