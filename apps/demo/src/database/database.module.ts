import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import libsql from 'libsql';
import { DEMO_ENVIRONMENT, type DemoEnvironment } from '../configuration/demo-environment.js';
import { CreateDemoTables1800000000000 } from './migrations/1800000000000-create-demo-tables.js';

/** The one database of the application; the workflow module finds it and keeps its tables there too. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [DEMO_ENVIRONMENT],
      useFactory: ({ database }: DemoEnvironment) => ({
        type: 'better-sqlite3',
        driver: libsql,
        database,
        autoLoadEntities: true,
        migrations: [CreateDemoTables1800000000000],
        migrationsRun: true,
        retryAttempts: 1,
      }),
    }),
  ],
})
export class DatabaseModule {}
