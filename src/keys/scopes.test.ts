import { allowsScope, coversScopes } from './scopes';

describe('scopes', () => {
  it('allow what they name, all of an area, or all', () => {
    expect(allowsScope(['usage:read'], 'usage:read')).toBe(true);
    expect(allowsScope(['usage:*'], 'usage:write')).toBe(true);
    expect(allowsScope(['*'], 'anything:at-all')).toBe(true);
  });

  it('allow nothing beyond', () => {
    expect(allowsScope(['usage:read'], 'usage:write')).toBe(false);
    expect(allowsScope(['usage:*'], 'usages:read')).toBe(false);
    expect(allowsScope([], 'usage:read')).toBe(false);
  });

  it('cannot be handed out by one who does not hold them', () => {
    expect(coversScopes(['usage:*', 'keys:write'], ['usage:read', 'usage:*'])).toBe(true);
    expect(coversScopes(['usage:*', 'keys:write'], ['*'])).toBe(false);
    expect(coversScopes(['usage:read', 'usage:write'], ['usage:*'])).toBe(false);
  });
});
