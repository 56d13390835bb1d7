import type { DataSource } from 'typeorm';
import { InitialSchemaPostgres } from '../../../libs/workflow/src/persistence/migrations/initial-schema.postgres.js';
import { InitialSchemaSqlite } from '../../../libs/workflow/src/persistence/migrations/initial-schema.sqlite.js';
import { tableNames } from '../../../libs/workflow/src/persistence/table-names.js';
import { DATABASES, openDatabase, type Databases } from '../../support/databases.js';
import type { DialectName } from './mutant.js';

interface SqliteDriver {
  readonly databaseConnection: { prepare(sql: string): unknown };
}

/** A database that only says whether statements make sense to it. */
export class PreparingDatabase {
  private constructor(
    private readonly databases: Databases,
    private readonly dataSource: DataSource,
  ) {}

  static async open(dialect: DialectName): Promise<PreparingDatabase> {
    for (const [, start] of DATABASES) {
      const databases = await start();
      if (databases.kind !== dialect) {
        await databases.close();
        continue;
      }
      const dataSource = await openDatabase(databases);
      const Schema = dialect === 'postgres' ? InitialSchemaPostgres : InitialSchemaSqlite;
      await new Schema(tableNames('')).up(dataSource.createQueryRunner());
      return new PreparingDatabase(databases, dataSource);
    }
    throw new Error(`There is no database of kind ${dialect}.`);
  }

  /** What is wrong with the statement, if something is. */
  async faultOf(sql: string): Promise<string | undefined> {
    try {
      if (this.databases.kind === 'postgres') {
        await this.dataSource.query(`PREPARE mutant AS ${sql}`);
        await this.dataSource.query('DEALLOCATE mutant');
      } else {
        (this.dataSource.driver as unknown as SqliteDriver).databaseConnection.prepare(sql);
      }
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  async close(): Promise<void> {
    await this.dataSource.destroy();
    await this.databases.close();
  }
}
