import fc from 'fast-check';
import { createRouteTemplate, pathnameOf } from './route-template';

const templateOf = (...[pathname, params]: Parameters<ReturnType<typeof createRouteTemplate>>) =>
  createRouteTemplate()(pathname, params);

describe('the template of a route', () => {
  it('names the parameters in place of their values', () => {
    expect(templateOf('/v1/echo', {})).toBe('/v1/echo');
    expect(templateOf('/v1/documents/42', { id: '42' })).toBe('/v1/documents/{id}');
    expect(templateOf('/v1/a/x/b/y', { a: 'x', b: 'y' })).toBe('/v1/a/{a}/b/{b}');
  });

  it('folds a catch-all into one name, and leaves an absent optional one out', () => {
    expect(templateOf('/files/a/b/c', { path: ['a', 'b', 'c'] })).toBe('/files/{path}');
    expect(templateOf('/files', { path: undefined })).toBe('/files');
    expect(templateOf('/t/7/files/a/b', { team: '7', path: ['a', 'b'] })).toBe('/t/{team}/files/{path}');
  });

  it('finds values that arrive decoded', () => {
    expect(templateOf('/v1/users/a%20b%2Fc', { id: 'a b/c' })).toBe('/v1/users/{id}');
    expect(templateOf('/v1/users/a%20b', { id: 'a%20b' })).toBe('/v1/users/{id}');
  });

  it('gives two parameters with the same value their own places', () => {
    expect(templateOf('/teams/5/users/5', { team: '5', user: '5' })).toBe('/teams/{team}/users/{user}');
  });

  it('takes the member, not the collection, for a value that is named like it', () => {
    expect(templateOf('/v1/users/users', { id: 'users' })).toBe('/v1/users/{id}');
  });

  it('stays with what an unambiguous request has shown', () => {
    const learning = createRouteTemplate();
    expect(learning('/7/users', { tenant: '7' })).toBe('/{tenant}/users');
    expect(learning('/users/users', { tenant: 'users' })).toBe('/{tenant}/users');
  });

  it('is unknown, and never the raw path, if a value is not in the path', () => {
    expect(templateOf('/rewritten/elsewhere', { id: '42' })).toBeNull();
  });

  it('is one for all values, so that callers cannot multiply routes', () => {
    const segment = fc.stringMatching(/^[a-z0-9-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(segment, segment), { minLength: 1 }), (requests) => {
        const learning = createRouteTemplate();
        learning('/v1/teams/0_0/users/1_1', { team: '0_0', user: '1_1' });
        const templates = requests.map(([team, user]) => learning(`/v1/teams/${team}/users/${user}`, { team, user }));
        expect(new Set(templates)).toEqual(new Set(['/v1/teams/{team}/users/{user}']));
      }),
    );
  });

  it('is made of the path alone', () => {
    expect(pathnameOf('https://example.com/a/b?c=/d#e')).toBe('/a/b');
    expect(pathnameOf('https://example.com')).toBe('/');
    expect(pathnameOf('http://127.0.0.1:3000/x#y?z')).toBe('/x');
  });
});
