import {
  Context,
  Step,
  StepOutput,
  Workflow,
  WorkflowContext,
  WorkflowInput,
} from '@luxgen/workflow';
import { RegisterUserDto } from './register-user.dto.js';

export interface UserView {
  readonly userId: string;
  readonly email: string;
}

@Workflow({
  id: 'user-registration',
  version: '1.0.0',
  name: 'User registration',
  tenantSpecific: true,
  errorHandling: { strategy: 'retry', maxRetries: 3, retryDelay: 1000 },
})
export class UserRegistrationWorkflow {
  @Step({ type: 'data-access', timeout: 5_000 })
  createUser(@WorkflowInput() input: RegisterUserDto, @Context() context: WorkflowContext) {
    return { userId: `${context.tenantId}:${input.email}`, email: input.email };
  }

  @Step({ type: 'notification', dependencies: ['createUser'] })
  welcomeUser(@StepOutput('createUser') user: UserView) {
    return { userId: user.userId, greeted: user.email };
  }
}
