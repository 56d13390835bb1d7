import { describe, expect, it } from '@jest/globals';
import { SharedSettings } from './shared-settings.js';

describe('the settings of what is compared', () => {
  it('are those of everybody', () => {
    const shared = new SharedSettings();
    shared.note('A', { fsync: 'on' });
    shared.note('B', { fsync: 'on' });
    expect(shared.all).toEqual({ fsync: 'on' });
  });

  it('are an error where they differ', () => {
    const shared = new SharedSettings();
    shared.note('A', { fsync: 'on' });
    expect(() => shared.note('B', { fsync: 'off' })).toThrow(
      '"A" runs with fsync on, "B" with fsync off: they cannot be compared.',
    );
  });

  it('leave out who has no connection', () => {
    const shared = new SharedSettings();
    shared.note('A', {});
    shared.note('B', { fsync: 'on' });
    expect(shared.all).toEqual({ fsync: 'on' });
  });
});
