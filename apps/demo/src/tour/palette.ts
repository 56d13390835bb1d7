import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

/** Colours are for people: only on a terminal, and only if nobody minds. */
export const paintFor = (output: NodeJS.WriteStream, variables: NodeJS.ProcessEnv): Paint =>
  output.isTTY && !variables['NO_COLOR']
    ? (style, text) => styleText(style, text)
    : (_style, text) => text;
