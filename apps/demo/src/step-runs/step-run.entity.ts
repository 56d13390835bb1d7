import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One time that the method of a step began. Nothing keeps a second run of a step out. */
@Entity('step_runs')
export class StepRun {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'execution_id' })
  executionId!: string;

  @Column('text', { name: 'step_id' })
  stepId!: string;

  @Column('integer', { name: 'process_id' })
  processId!: number;

  @Column('datetime', { name: 'began_at' })
  beganAt!: Date;
}
