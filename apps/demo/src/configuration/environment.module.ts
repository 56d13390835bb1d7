import { Module, type DynamicModule } from '@nestjs/common';
import { DEMO_ENVIRONMENT, type DemoEnvironment } from './demo-environment.js';

@Module({})
export class EnvironmentModule {
  static forRoot(environment: DemoEnvironment): DynamicModule {
    return {
      module: EnvironmentModule,
      global: true,
      providers: [{ provide: DEMO_ENVIRONMENT, useValue: environment }],
      exports: [DEMO_ENVIRONMENT],
    };
  }
}
