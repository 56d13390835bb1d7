/** What the environment of the process decides. */
export interface DemoEnvironment {
  /** `HOST` */
  readonly host: string;
  /** `PORT`; 0 picks a free one. */
  readonly port: number;
  /** `DEMO_DATABASE`: file of the database. */
  readonly database: string;
  /** `DEMO_SALT_SECRET` */
  readonly saltSecret: string;
  /** `DEMO_PAUSE_BEFORE`: ids of the steps that wait instead of beginning, separated by commas. */
  readonly pauseBefore: readonly string[];
}

/** Token of the {@link DemoEnvironment}. */
export const DEMO_ENVIRONMENT = Symbol('DEMO_ENVIRONMENT');

export function readEnvironment(variables: NodeJS.ProcessEnv): DemoEnvironment {
  return {
    host: variables['HOST'] ?? '127.0.0.1',
    port: portOf(variables['PORT'] ?? '3000'),
    database: variables['DEMO_DATABASE'] ?? '.luxgen/demo.sqlite',
    saltSecret: variables['DEMO_SALT_SECRET'] ?? 'not-a-secret-outside-of-a-demo',
    pauseBefore: (variables['DEMO_PAUSE_BEFORE'] ?? '').split(',').filter(Boolean),
  };
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`PORT: "${text}" is not a port. Use a number from 0 to 65535.`);
}
