import { refuseUnreadable } from './refuse-unreadable';

const statusOf = (method: string, url: string) => refuseUnreadable({ method, url })?.status;

describe('refuseUnreadable', () => {
  it.each([
    ['GET', '/api/v1/keys/%ff', 400],
    ['GET', '/api/v1/keys/%E0%A4', 400],
    ['GET', '/%', 400],
    ['TRACE', '/', 405],
    ['CONNECT', 'example.com:80', 405],
    ['GET', '*', 404],
    ['OPTIONS', '*', 404],
    ['GET', 'http://[', 404],
  ])('answers %s %s with %i, which Next would with 500', (method, url, status) => {
    expect(statusOf(method, url)).toBe(status);
  });

  it.each(['/', '/api/v1/keys/%C3%A9', '/sign-in?next=%ff', '/a%2fb', 'http://example.com/api'])(
    'lets %s pass',
    (url) => {
      expect(refuseUnreadable({ method: 'GET', url })).toBeNull();
    },
  );

  it('says so in a problem document', () => {
    const refused = refuseUnreadable({ method: 'GET', url: '/%ff' })!;
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'invalid_encoding', status: 400 });
  });
});
