import {
  Body,
  Controller,
  Get,
  Injectable,
  Param,
  Post,
  UseGuards,
  UseInterceptors,
  type Type,
} from '@nestjs/common';
import { IsEmail, IsString, MinLength } from 'class-validator';
import {
  Context,
  RunWorkflow,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
  WorkflowManager,
  WorkflowResultInterceptor,
} from '@luxgen/workflow';
import { HeaderAuthGuard, type TestUser } from './http-app.js';

export class RegisterUserDto {
  @IsEmail()
  email!: string;

  @IsString()
  @MinLength(2)
  name!: string;
}

export interface User {
  readonly userId: string;
  readonly email: string;
}

/** Where the sample keeps its users. */
@Injectable()
export class Users {
  create: (email: string, context: WorkflowContext) => User | Promise<User> = (email, context) => ({
    userId: `${context.tenantId}:${email}`,
    email,
  });
}

/** What the sample sends mail with. */
@Injectable()
export class Mailer {
  readonly sent: string[] = [];

  send: (to: string) => void | Promise<void> = (to) => {
    this.sent.push(to);
  };
}

@Workflow({ id: 'user-registration', version: '1.0.0', name: 'User registration' })
export class UserRegistrationWorkflow {
  static readonly output = 'createUser';

  constructor(
    private readonly users: Users,
    private readonly mailer: Mailer,
  ) {}

  @Step({ name: 'Validate the input', type: 'validation' })
  validateInput(@WorkflowInput() input: RegisterUserDto) {
    return { email: input.email.toLowerCase(), name: input.name };
  }

  @Step({ type: 'data-access', dependencies: ['validateInput'], retryable: false })
  async createUser(
    @StepOutput('validateInput') valid: { email: string; name: string },
    @Context() context: WorkflowContext,
  ): Promise<User> {
    return this.users.create(valid.email, context);
  }

  @Step({
    type: 'notification',
    dependencies: ['createUser'],
    critical: false,
    retryable: false,
  })
  async sendWelcomeEmail(@StepOutput('createUser') user: User) {
    await this.mailer.send(user.email);
    return { delivered: true };
  }
}

/** The controller of the sample, with its own authentication or trusting that of the application. */
export function usersController(authentication: 'global' | 'controller'): Type<object> {
  @Controller('api/v1/users')
  class UsersController {
    constructor(private readonly workflows: WorkflowManager) {}

    @Post()
    @RunWorkflow(UserRegistrationWorkflow, { wait: '5s' })
    register(@Body() _dto: RegisterUserDto) {}

    @Get(':id')
    @UseInterceptors(WorkflowResultInterceptor)
    one(@Param('id') id: string) {
      return this.workflows.getExecutionStatus(id);
    }
  }
  if (authentication === 'controller') UseGuards(HeaderAuthGuard)(UsersController);
  return UsersController;
}

/** What the only step of {@link StageWorkflow} does; each test says what. */
@Injectable()
export class Stage {
  act: (context: WorkflowContext) => unknown = (context) => context.input;
}

@Workflow({ id: 'stage', version: '1.0.0' })
export class StageWorkflow {
  static readonly output = 'act';

  constructor(private readonly stage: Stage) {}

  @Step({ retryable: false })
  act(context: WorkflowContext): unknown {
    return this.stage.act(context);
  }
}

export const ADA: TestUser = { id: 'ada', tenantId: 'acme', role: 'admin', permissions: ['read'] };
export const GRACE: TestUser = { id: 'grace', tenantId: 'globex' };
export const VALID = { email: 'Ada@Example.com', name: 'Ada' };
