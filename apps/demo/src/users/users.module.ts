import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ActivityModule } from '../activity/activity.module.js';
import { MailModule } from '../mail/mail.module.js';
import { StepRunsModule } from '../step-runs/step-runs.module.js';
import { PasswordHasher } from './password-hasher.js';
import { UserAccounts } from './user-accounts.js';
import { User } from './user.entity.js';
import { UserRegistrationWorkflow } from './user-registration.workflow.js';
import { UsersController } from './users.controller.js';

@Module({
  imports: [TypeOrmModule.forFeature([User]), ActivityModule, MailModule, StepRunsModule],
  controllers: [UsersController],
  providers: [PasswordHasher, UserAccounts, UserRegistrationWorkflow],
  exports: [UserAccounts],
})
export class UsersModule {}
