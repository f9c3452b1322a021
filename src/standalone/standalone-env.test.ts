import { localUrl, readStandaloneEnv } from './standalone-env';

describe('readStandaloneEnv', () => {
  it('needs no variable at all', () => {
    const { env, databaseUrl, supabaseUrl } = readStandaloneEnv({});
    expect({ databaseUrl, supabaseUrl, host: env.HOST }).toEqual({
      databaseUrl: undefined,
      supabaseUrl: undefined,
      host: '127.0.0.1',
    });
  });

  it('names a wrong variable, its purpose and an example', () => {
    expect(() => readStandaloneEnv({ PORT: 'many' })).toThrow(/PORT: .*e\.g\. 3000/);
  });

  it('asks for the key of a Supabase project that is named', () => {
    expect(() => readStandaloneEnv({ SUPABASE_URL: 'https://abcd.supabase.co' })).toThrow(/SUPABASE_ANON_KEY/);
  });

  it('makes nobody an admin by an address that nobody verified', () => {
    expect(() => readStandaloneEnv({ ADMIN_EMAILS: 'ops@example.com' })).toThrow(/ADMIN_EMAILS: needs SMTP_URL/);
    const { env } = readStandaloneEnv({ ADMIN_EMAILS: 'ops@example.com', SMTP_URL: 'smtp://mail.example.com' });
    expect(env.ADMIN_EMAILS).toEqual(['ops@example.com']);
  });
});

describe('localUrl', () => {
  it('names an address that can be opened, also where the server binds all of them', () => {
    expect(['127.0.0.1', '0.0.0.0', '::', 'fe80::1'].map((host) => localUrl(host, 80))).toEqual([
      'http://127.0.0.1:80',
      'http://127.0.0.1:80',
      'http://[::1]:80',
      'http://[fe80::1]:80',
    ]);
  });
});
