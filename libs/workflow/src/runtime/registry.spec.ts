import { describe, expect, it } from '@jest/globals';
import { Registry } from './registry.js';

describe('a registry', () => {
  it('has what was set and not deleted, in the order in which it began', () => {
    const registry = new Registry<number>();
    for (const name of ['c', 'a', 'b']) registry.set(name, name.charCodeAt(0));
    registry.delete('c');
    registry.delete('never set');
    registry.set('c', 1);

    expect(registry.values()).toEqual([97, 98, 1]);
    expect(registry.has('a')).toBe(true);
    registry.clear();
    expect(registry.values()).toEqual([]);
    expect(registry.get('a')).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString'])('takes "%s" for a name', (name) => {
    const registry = new Registry<string>();
    expect(registry.has(name)).toBe(false);
    expect(registry.get(name)).toBeUndefined();
    registry.set(name, 'set');
    expect(registry.values()).toEqual(['set']);
    registry.delete(name);
    expect(registry.has(name)).toBe(false);
  });
});
