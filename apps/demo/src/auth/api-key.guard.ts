import {
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ApiKeys } from './api-keys.js';
import type { AuthenticatedUser } from './authenticated-user.js';
import { Public } from './public.decorator.js';

const BEARER = /^Bearer +(\S+)$/i;

/** Lets a request pass with `Authorization: Bearer <key>` and says whose key it is. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()])) {
      return true;
    }
    const request = context.switchToHttp().getRequest<Request & { user?: AuthenticatedUser }>();
    const [, key] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    const user = key === undefined ? undefined : this.keys.ownerOf(key);
    if (!user) throw new UnauthorizedException('Send a valid key: "Authorization: Bearer <key>".');
    request.user = user;
    return true;
  }
}
