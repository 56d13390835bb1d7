import type { ExecutionContext } from '@nestjs/common';

// What Nest's own decorators write on a handler. Named strings of its public behaviour: importing
// them would reach into its internals.
const ARGUMENTS_METADATA = '__routeArguments__';
const PASSTHROUGH_METADATA = '__responsePassthrough__';
const SSE_METADATA = '__sse__';
const REDIRECT_METADATA = '__redirect__';
const RENDER_METADATA = '__renderTemplate__';

/** Kinds of parameters, as keys of the arguments metadata begin. */
const RESPONSE = 1;
const NEXT = 2;
const BODY = 3;

type RouteArguments = Readonly<Record<string, { readonly index: number; readonly data?: unknown }>>;

const argumentsOf = (controller: object, handler: string): RouteArguments =>
  (Reflect.getMetadata(ARGUMENTS_METADATA, controller, handler) ?? {}) as RouteArguments;

const kindOf = (key: string): number => Number(key.split(':')[0]);

/** Position of the whole `@Body()` among the parameters of a handler. */
export function bodyIndex(controller: object, handler: string): number | undefined {
  const body = Object.entries(argumentsOf(controller, handler)).find(
    ([key, { data }]) => kindOf(key) === BODY && data === undefined,
  );
  return body?.[1].index;
}

/**
 * Whether a handler answers by itself, with `@Res()`, `@Next()` or server-sent events, or what it
 * returns is not a body but the address of a redirect or the values of a template.
 */
export function takesOverResponse(context: ExecutionContext): boolean {
  const handler = context.getHandler();
  const isNoBody = [SSE_METADATA, REDIRECT_METADATA, RENDER_METADATA].some((key) =>
    Reflect.hasMetadata(key, handler),
  );
  if (isNoBody) return true;
  const [controller, { name }] = [context.getClass(), handler];
  if (Reflect.getMetadata(PASSTHROUGH_METADATA, controller, name) === true) return false;
  return Object.keys(argumentsOf(controller, name)).some((key) =>
    [RESPONSE, NEXT].includes(kindOf(key)),
  );
}
