import pg from 'pg';
import type { SqliteConnection } from '../floors/sqlite-connection.js';
import { postgresSettings, sqliteSettings, type Settings } from './connection-settings.js';
import { effectsOf } from './sql-effect.js';
import type { DriverConnection } from './watch-drivers.js';

/** The connections of this process on which something is written. */
export class WritingConnections {
  private readonly clients = new Set<pg.Client>();
  private readonly files = new Set<SqliteConnection>();
  /** Whose end is heard of. */
  private readonly heard = new WeakSet<pg.Client>();

  /** A connection was told to run a text of SQL. */
  sent(connection: DriverConnection, sql: string): void {
    if (this.knows(connection) || !effectsOf(sql).includes('write')) return;
    if (connection instanceof pg.Client) this.note(connection);
    else this.files.add(connection);
  }

  /** From now on only those count that write from now on: a pool lends them for other ends too. */
  forget(): void {
    this.clients.clear();
    this.files.clear();
  }

  /** What those run with that are still open; a setting in which they differ has all of its values. */
  async settings(): Promise<Settings> {
    const found: Settings[] = [];
    for (const client of this.clients) found.push(await postgresSettings(client));
    for (const file of this.files) {
      if (file.open) found.push(sqliteSettings(file));
      else this.files.delete(file);
    }
    return merged(found);
  }

  private note(client: pg.Client): void {
    this.clients.add(client);
    if (this.heard.has(client)) return;
    this.heard.add(client);
    client.once('end', () => this.clients.delete(client));
  }

  private knows(connection: DriverConnection): boolean {
    return connection instanceof pg.Client
      ? this.clients.has(connection)
      : this.files.has(connection);
  }
}

function merged(found: readonly Settings[]): Settings {
  const names = new Set(found.flatMap((settings) => Object.keys(settings)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = new Set(found.map((settings) => settings[name] ?? 'unknown'));
      return [name, [...values].sort().join(' and ')];
    }),
  );
}
