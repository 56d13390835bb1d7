import { Body, Controller, Get, Headers, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import {
  RunWorkflow,
  TenantGuard,
  WorkflowResultInterceptor,
  type TenantConfiguration,
} from '@luxgen/workflow';
import { CurrentTenant } from '../auth/current-tenant.decorator.js';
import { PasswordHasher } from './password-hasher.js';
import { RegisterUserDto } from './register-user.dto.js';
import { UserAccounts } from './user-accounts.js';
import type { UserRegistrationInput } from './user-registration.input.js';
import { UserRegistrationWorkflow } from './user-registration.workflow.js';
import type { UserView } from './user-view.js';

@Controller('api/v1/users')
@UseGuards(TenantGuard)
export class UsersController {
  constructor(
    private readonly passwords: PasswordHasher,
    private readonly accounts: UserAccounts,
  ) {}

  /** What it returns is the input of the workflow: the password ends here. */
  @Post()
  @RunWorkflow(UserRegistrationWorkflow, { wait: '5s' })
  async register(
    @Body() { password, ...person }: RegisterUserDto,
    @CurrentTenant() { id: tenantId }: TenantConfiguration,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<UserRegistrationInput> {
    const { email } = person;
    const passwordHash = await this.passwords.hash(password, { tenantId, email, idempotencyKey });
    return { ...person, passwordHash };
  }

  @Get()
  @UseInterceptors(WorkflowResultInterceptor)
  list(@CurrentTenant() { id }: TenantConfiguration): Promise<UserView[]> {
    return this.accounts.list(id);
  }
}
