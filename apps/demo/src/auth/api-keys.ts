import { Injectable } from '@nestjs/common';
import { createHash, timingSafeEqual } from 'node:crypto';
import { API_KEY_OWNERS } from '../configuration/api-key-owners.js';
import type { AuthenticatedUser } from './authenticated-user.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Knows the owners of API keys by the hashes of the keys. */
@Injectable()
export class ApiKeys {
  private readonly owners = Object.values(API_KEY_OWNERS).map(({ key, user }) => ({
    digest: digest(key),
    user,
  }));

  ownerOf(key: string): AuthenticatedUser | undefined {
    const presented = digest(key);
    return this.owners.find((owner) => timingSafeEqual(owner.digest, presented))?.user;
  }
}
