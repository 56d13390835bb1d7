import { Inject, Injectable } from '@nestjs/common';
import { createHmac, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { DEMO_ENVIRONMENT, type DemoEnvironment } from '../configuration/demo-environment.js';

const SALT_BYTES = 16;
const KEY_BYTES = 32;

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** A request that a client may send again: it must come to the same hash each time. */
export interface RepeatableRequest {
  readonly tenantId: string;
  readonly email: string;
  readonly idempotencyKey: string | undefined;
}

@Injectable()
export class PasswordHasher {
  constructor(@Inject(DEMO_ENVIRONMENT) private readonly environment: DemoEnvironment) {}

  async hash(password: string, request: RepeatableRequest): Promise<string> {
    const salt = this.saltFor(request);
    const key = await derive(password, salt, KEY_BYTES);
    return `scrypt$${salt.toString('base64url')}$${key.toString('base64url')}`;
  }

  /**
   * Random, unless the request carries an idempotency key: the same key with another input is
   * refused, and a new salt would make another input of the same password.
   */
  private saltFor({ tenantId, email, idempotencyKey }: RepeatableRequest): Buffer {
    if (idempotencyKey === undefined) return randomBytes(SALT_BYTES);
    return createHmac('sha256', this.environment.saltSecret)
      .update(JSON.stringify([tenantId, email, idempotencyKey]))
      .digest()
      .subarray(0, SALT_BYTES);
  }
}
