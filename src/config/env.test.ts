import { parseEnv } from './env';

it('the address of the installation ends without a slash, however it was given: paths are put behind it', () => {
  const given = {
    DATABASE_URL: 'postgres://localhost/x',
    SUPABASE_URL: 'https://abcd.supabase.co',
    SUPABASE_ANON_KEY: 'public',
  };
  const addressOf = (APP_URL?: string) => parseEnv({ ...given, ...(APP_URL !== undefined && { APP_URL }) }).APP_URL;
  expect(addressOf('https://usage.example.com//')).toBe('https://usage.example.com');
  expect(addressOf('https://example.com/usage/')).toBe('https://example.com/usage');
  expect(addressOf()).toMatch(/^http:\/\/[^/]+:\d+$/);
});
