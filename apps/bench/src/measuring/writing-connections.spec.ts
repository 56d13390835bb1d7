import { describe, expect, it } from '@jest/globals';
import { openSqlite, closeSqlite } from '../floors/sqlite-connection.js';
import { WritingConnections } from './writing-connections.js';

const INSERT = 'INSERT INTO a VALUES (1)';

describe('the settings of connections that write', () => {
  it('are asked of the connection itself', async () => {
    const connections = new WritingConnections();
    const connection = openSqlite(':memory:');
    connections.sent(connection, INSERT);
    expect(await connections.settings()).toMatchObject({ synchronous: '2', foreign_keys: '1' });
    connection.exec('PRAGMA synchronous = OFF');
    expect(await connections.settings()).toMatchObject({ synchronous: '0' });
    closeSqlite(connection);
  });

  it('are all of them where two differ', async () => {
    const connections = new WritingConnections();
    const [one, other] = [openSqlite(':memory:'), openSqlite(':memory:')];
    other.exec('PRAGMA synchronous = NORMAL');
    for (const connection of [one, other]) connections.sent(connection, INSERT);
    expect(await connections.settings()).toMatchObject({ synchronous: '1 and 2' });
    closeSqlite(one);
    closeSqlite(other);
  });

  it('leave out a connection that wrote before, and does something else now', async () => {
    const connections = new WritingConnections();
    const connection = openSqlite(':memory:');
    connections.sent(connection, INSERT);
    connections.forget();
    connections.sent(connection, 'SELECT 1');
    expect(await connections.settings()).toEqual({});
    closeSqlite(connection);
  });

  it('leave out a connection that only read, or is closed', async () => {
    const connections = new WritingConnections();
    const [reader, closed] = [openSqlite(':memory:'), openSqlite(':memory:')];
    connections.sent(reader, 'SELECT 1');
    connections.sent(closed, INSERT);
    closeSqlite(closed);
    expect(await connections.settings()).toEqual({});
    closeSqlite(reader);
  });
});
