// npm run mutants: leaves away one part of one statement of the store after the other.
import { importTypeScript } from './typescript/import-typescript.mjs';

const MUTANTS = 'test/conformance/mutants';

const { main } = await importTypeScript(`${MUTANTS}/main.ts`, {
  aliases: { '@jest/globals': `${MUTANTS}/rule-collector.ts` },
  wrap: {
    pattern: '/persistence/dialects/(\\w+)/[\\w.]*statements\\.ts$',
    by: `${MUTANTS}/infected-statements.ts`,
    name: 'infected',
  },
});
process.exit(await main(process.argv.slice(2)));
