import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('job_posts')
export class JobPost {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  title!: string;

  @Column('text')
  description!: string;

  @Column('text', { name: 'published_by', nullable: true })
  publishedBy!: string | null;

  @Column('datetime', { name: 'published_at' })
  publishedAt!: Date;
}
