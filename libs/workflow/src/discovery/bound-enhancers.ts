import type { Type } from '@nestjs/common';

/** Where Nest keeps what is bound to a class or a method, and the decorator that binds it. */
const DECORATORS = {
  __guards__: 'UseGuards',
  __interceptors__: 'UseInterceptors',
  __pipes__: 'UsePipes',
  __exceptionFilters__: 'UseFilters',
} as const;

export const FILTERS_METADATA = '__exceptionFilters__' satisfies keyof typeof DECORATORS;

/** Where Nest keeps what parameter decorators of a method wrote; users' own decorators write there too. */
export const PARAMETERS_METADATA = '__routeArguments__';

/** A guard, interceptor, pipe or filter that Nest has to make, and how it was bound. */
export interface BoundEnhancer {
  readonly enhancer: Type<object>;
  /** As it stands in the source: `@UseGuards(AdminGuard)`. */
  readonly binding: string;
}

/** Whether anything at all is bound to a class or a method. */
export const isEnhanced = (bearer: object): boolean =>
  Object.keys(DECORATORS).some((key) => Reflect.hasMetadata(key, bearer));

/** What is bound to the class itself. */
export const enhancersOfClass = (target: Type<object>): BoundEnhancer[] => boundTo(target);

/** What is bound to one method and to its parameters. */
export function enhancersOfMethod(target: Type<object>, method: string): BoundEnhancer[] {
  const callback = (target.prototype as Record<string, unknown>)[method];
  const parameters = (Reflect.getMetadata(PARAMETERS_METADATA, target, method) ?? {}) as Record<
    string,
    { readonly pipes?: readonly unknown[] }
  >;
  const pipes = Object.values(parameters).flatMap(({ pipes = [] }) => pipes);
  return [
    ...(typeof callback === 'function' ? boundTo(callback) : []),
    ...pipes.filter(isClass).map((enhancer) => ({ enhancer, binding: `pipe ${enhancer.name}` })),
  ];
}

function boundTo(bearer: object): BoundEnhancer[] {
  return Object.entries(DECORATORS).flatMap(([key, decorator]) => {
    const bound = (Reflect.getMetadata(key, bearer) ?? []) as readonly unknown[];
    return bound.filter(isClass).map((enhancer) => ({
      enhancer,
      binding: `@${decorator}(${enhancer.name})`,
    }));
  });
}

const isClass = (value: unknown): value is Type<object> => typeof value === 'function';
