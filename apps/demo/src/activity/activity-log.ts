import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Activity } from './activity.entity.js';

export type ActivityView = Pick<Activity, 'action' | 'subject' | 'actorId' | 'at'>;

const LARGEST_LIST = 100;

/** What happened in one tenant. */
@Injectable()
export class ActivityLog {
  constructor(@InjectRepository(Activity) private readonly activities: Repository<Activity>) {}

  /** Adds an entry, once for each id. */
  async add(activity: Omit<Activity, 'at'>): Promise<void> {
    await this.activities
      .createQueryBuilder()
      .insert()
      .values({ ...activity, at: new Date() })
      .orIgnore()
      .execute();
  }

  /** Newest first. */
  list(tenantId: string): Promise<ActivityView[]> {
    return this.activities.find({
      where: { tenantId },
      select: { action: true, subject: true, actorId: true, at: true },
      order: { at: 'DESC', id: 'ASC' },
      take: LARGEST_LIST,
    });
  }
}
