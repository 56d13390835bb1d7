import { describe, expect, it } from '@jest/globals';
import { headerValues, requestKey } from './tenant-request.js';

describe('the headers of a request', () => {
  it('are every value that was sent, whatever the case of the name', () => {
    const request = {
      headers: { 'x-org': 'a, b' },
      rawHeaders: ['X-Org', 'a', 'Other', 'x-org', 'x-oRG', 'b'],
    };

    expect(headerValues(request, 'x-org')).toEqual(['a', 'b']);
    expect(headerValues(request, 'other')).toEqual(['x-org']);
    expect(headerValues(request, 'missing')).toEqual([]);
  });

  it('are those of the request below a framework', () => {
    const raw = { headers: {}, rawHeaders: ['x-org', 'a'] };
    const request = { headers: { 'x-org': 'changed' }, raw };

    expect(headerValues(request, 'x-org')).toEqual(['a']);
    expect(requestKey(request)).toBe(raw);
  });

  it('are read where an adapter did not keep them as they were sent', () => {
    const request = { headers: { 'x-org': 'a', cookie: ['b', 'c'] } };

    expect(headerValues(request, 'x-org')).toEqual(['a']);
    expect(headerValues(request, 'cookie')).toEqual(['b', 'c']);
    expect(headerValues(request, 'missing')).toEqual([]);
  });
});
