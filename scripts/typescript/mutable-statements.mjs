const MUTANTS = 'test/conformance/mutants';

/** Imports the store so that its statements can have mutants, and its rules be tried on them. */
export const mutableStatements = {
  aliases: { '@jest/globals': `${MUTANTS}/rule-collector.ts` },
  wrap: {
    pattern: '/persistence/dialects/(\\w+)/[\\w.]*statements\\.ts$',
    by: `${MUTANTS}/infected-statements.ts`,
    name: 'infected',
  },
};
