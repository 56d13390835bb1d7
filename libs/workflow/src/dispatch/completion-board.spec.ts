import { describe, expect, it } from '@jest/globals';
import type { ExecutionSnapshot } from '../engine/execution-snapshot.js';
import { CompletionBoard } from './completion-board.js';

const key = (tenantId: string, executionId: string) => ({ tenantId, executionId });

const ended = (tenantId: string, executionId: string): ExecutionSnapshot => ({
  ...key(tenantId, executionId),
  workflowId: 'w',
  workflowVersion: '1.0.0',
  capability: 'c',
  status: 'completed',
  run: 1,
  createdAt: 0,
  degraded: false,
  context: '{}',
  checkpoints: [],
});

describe('the completion board', () => {
  it('tells everybody who waits for an execution, and nobody who waits for another', async () => {
    const board = new CompletionBoard();
    const told: string[] = [];
    const wait = (name: string, tenantId: string, executionId: string): void => {
      void board.watch(key(tenantId, executionId)).then(() => told.push(name));
    };
    wait('first', 'acme', '1');
    wait('second', 'acme', '1');
    wait('other execution', 'acme', '2');
    wait('other tenant', 'globex', '1');
    board.announce(ended('acme', '1'));
    await Promise.resolve();
    expect(told).toEqual(['first', 'second']);
  });

  it('tells a later watch of the next end, not of the last one', async () => {
    const board = new CompletionBoard();
    const first = board.watch(key('acme', '1'));
    board.announce(ended('acme', '1'));
    const second = board.watch(key('acme', '1'));
    const again = { ...ended('acme', '1'), run: 2 };
    board.announce(again);
    expect((await first).run).toBe(1);
    expect((await second).run).toBe(2);
  });

  it('does not take the end of a run for that of a later one, and that of a later one for it', async () => {
    const board = new CompletionBoard();
    const told: string[] = [];
    const wait = (name: string, run?: number): void => {
      void board.watch(key('acme', '1'), run).then((end) => told.push(`${name}: ${end.run}`));
    };
    wait('any');
    wait('second', 2);
    wait('third', 3);
    board.announce(ended('acme', '1'));
    await Promise.resolve();
    expect(told).toEqual(['any: 1']);
    expect(board.awaited()).toEqual([key('acme', '1')]);

    board.announce({ ...ended('acme', '1'), run: 3 });
    await Promise.resolve();
    expect(told).toEqual(['any: 1', 'second: 3', 'third: 3']);
    expect(board.awaited()).toEqual([]);
  });

  it('forgets for one who waits for any end, and still tells who waits for a later run', async () => {
    const board = new CompletionBoard();
    const later = board.watch(key('acme', '1'), 2);
    void board.watch(key('acme', '1'));
    board.forget(key('acme', '1'));
    board.announce({ ...ended('acme', '1'), run: 2 });
    expect((await later).run).toBe(2);
  });

  it('forgets for one who shares a watch, and still tells the others', async () => {
    const board = new CompletionBoard();
    void board.watch(key('acme', '1'));
    const other = board.watch(key('acme', '1'));
    board.forget(key('acme', '1'));
    board.announce(ended('acme', '1'));
    expect((await other).executionId).toBe('1');
  });

  it('keeps nothing of what all have forgotten', () => {
    const board = new CompletionBoard();
    for (let watcher = 0; watcher < 2; watcher += 1) void board.watch(key('acme', '1'));
    for (let watcher = 0; watcher < 3; watcher += 1) board.forget(key('acme', '1'));
    expect(board.awaited()).toEqual([]);
  });

  it('may announce what nobody waits for', () => {
    expect(() => new CompletionBoard().announce(ended('acme', '1'))).not.toThrow();
  });

  it('rejects what is still waited for when it closes, also where nobody listens', async () => {
    const board = new CompletionBoard();
    const watched = board.watch(key('acme', '1'));
    // Nobody listens to this one; an unhandled rejection would fail the test.
    void board.watch(key('acme', '2'));
    board.close(new Error('closing'));
    await expect(watched).rejects.toThrow('closing');
  });

  it('rejects who comes after it has closed, also where nobody listens', async () => {
    const board = new CompletionBoard();
    board.close(new Error('closed'));
    const watched = board.watch(key('acme', '1'));
    void board.watch(key('acme', '2'));
    await expect(watched).rejects.toThrow('closed');
    expect(board.awaited()).toEqual([]);
  });
});
