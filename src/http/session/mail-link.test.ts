import { AuthApiError, AuthRetryableFetchError } from '@supabase/supabase-js';
import { type Services } from '../services';
import { mailResetLink, mailSignUpLink } from './mail-link';

/** Services whose sign-in answers as told; `mails` names what it was asked to send. */
function setUp(signUp: () => Promise<unknown>, reset: () => Promise<unknown> = async () => ({ error: null })) {
  const asked: string[] = [];
  const passwords: string[] = [];
  const work: Promise<unknown>[] = [];
  const warnings: unknown[] = [];
  const services = {
    windowLimiter: { check: async () => ({ allowed: true }) },
    log: { warn: (details: unknown) => warnings.push(details) },
    keepAlive: (promise: Promise<unknown>) => void work.push(promise),
    supabase: {
      anonymousAuth: {
        signUp: ({ password }: { password: string }) => {
          asked.push('sign-up');
          passwords.push(password);
          return signUp();
        },
        resetPasswordForEmail: () => {
          asked.push('reset');
          return reset();
        },
      },
    },
  } as unknown as Services;
  return { services, asked, passwords, warnings, done: () => Promise.all(work) };
}

const made = { data: { user: { identities: [{}] } }, error: null };
const refused = (status: number) => ({ data: { user: null }, error: new AuthApiError('refused', status, 'code') });
const away = { data: { user: null }, error: new AuthRetryableFetchError('fetch failed', 503) };

describe('asking for a link by mail', () => {
  it('is over before sign-in has answered, so that the time tells nothing', async () => {
    const never = () => new Promise(() => undefined);
    const { services, asked } = setUp(never, never);
    await mailSignUpLink(services, 'ada@example.com');
    await mailResetLink(services, 'ada@example.com');
    expect(asked).toEqual(['sign-up', 'reset']);
  });

  it.each([
    ['a new account', made, ['sign-up']],
    [
      'a known one, as hosted Supabase tells it',
      { data: { user: { identities: [] } }, error: null },
      ['sign-up', 'reset'],
    ],
    ['one that waits to be confirmed, asked for too often', refused(429), ['sign-up', 'reset']],
    ['a known one, where no mail confirms addresses', refused(422), ['sign-up', 'reset']],
    ['one that another request makes at this moment', refused(500), ['sign-up', 'reset']],
    ['a sign-in that is away', away, ['sign-up']],
  ])('sends what leads to a password: for %s', async (_case, answer, expected) => {
    const { services, asked, done } = setUp(async () => answer);
    await mailSignUpLink(services, 'ada@example.com');
    await done();
    expect(asked).toEqual(expected);
  });

  it('gives no account a password that anybody knows, and none that bcrypt would cut', async () => {
    const { services, passwords } = setUp(async () => made);
    for (const address of ['ada@example.com', 'bob@example.com']) await mailSignUpLink(services, address);
    expect(new Set(passwords).size).toBe(2);
    for (const password of passwords) expect(password).toMatch(/^[\w-]{60}aA1!$/);
  });

  it('logs what went wrong and throws nothing', async () => {
    const { services, warnings, done } = setUp(() => Promise.reject(new Error('fetch failed')));
    await mailSignUpLink(services, 'ada@example.com');
    await done();
    expect(warnings).toHaveLength(1);
  });
});
