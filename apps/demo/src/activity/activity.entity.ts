import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('activities')
export class Activity {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  action!: string;

  @Column('text')
  subject!: string;

  @Column('text', { name: 'actor_id', nullable: true })
  actorId!: string | null;

  @Column('datetime')
  at!: Date;
}
