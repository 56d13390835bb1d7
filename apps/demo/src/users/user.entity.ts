import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

@Entity('users')
@Unique(['tenantId', 'email'])
export class User {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  email!: string;

  @Column('text', { name: 'first_name' })
  firstName!: string;

  @Column('text', { name: 'last_name' })
  lastName!: string;

  /** Only read by whoever asks for it by name. */
  @Column('text', { name: 'password_hash', select: false })
  passwordHash!: string;

  @Column('datetime', { name: 'created_at' })
  createdAt!: Date;
}
