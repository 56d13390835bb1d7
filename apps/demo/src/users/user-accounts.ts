import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { emailTaken, userLimitReached } from './registration-refusals.js';
import { User } from './user.entity.js';
import { viewOf, type UserView } from './user-view.js';

const LARGEST_LIST = 100;

/** The users of one tenant at a time. */
@Injectable()
export class UserAccounts {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  async list(tenantId: string): Promise<UserView[]> {
    const users = await this.users.find({
      where: { tenantId },
      order: { createdAt: 'DESC', id: 'ASC' },
      take: LARGEST_LIST,
    });
    return users.map(viewOf);
  }

  async emails(tenantId: string): Promise<string[]> {
    const users = await this.users.find({ where: { tenantId }, select: { email: true } });
    return users.map(({ email }) => email);
  }

  /** @throws `EMAIL_TAKEN`, `USER_LIMIT_REACHED` */
  async checkRoomFor(email: string, tenantId: string, maxUsers: number): Promise<void> {
    await refuseWithoutRoom(this.users, email, tenantId, maxUsers);
  }

  /**
   * Adds a user, once for each id. The checks are repeated in the transaction, because other
   * registrations may have come in between.
   *
   * @throws `EMAIL_TAKEN`, `USER_LIMIT_REACHED`
   */
  async add(user: User, maxUsers: number): Promise<UserView> {
    const { tenantId, id, email } = user;
    return this.users.manager.transaction(async (manager) => {
      const users = manager.getRepository(User);
      const existing = await users.findOneBy({ tenantId, id });
      if (existing) return viewOf(existing);
      await refuseWithoutRoom(users, email, tenantId, maxUsers);
      await users.insert(user);
      return viewOf(user);
    });
  }
}

async function refuseWithoutRoom(
  users: Repository<User>,
  email: string,
  tenantId: string,
  maxUsers: number,
): Promise<void> {
  if (await users.existsBy({ tenantId, email })) throw emailTaken(email);
  if ((await users.countBy({ tenantId })) >= maxUsers) throw userLimitReached(maxUsers);
}
