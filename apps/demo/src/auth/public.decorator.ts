import { Reflector } from '@nestjs/core';

/** Opens a route to callers without an API key. */
export const Public = Reflector.createDecorator<undefined, true>({ transform: () => true });
