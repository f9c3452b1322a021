import { randomUUID } from 'node:crypto';
import { type RequestContext } from '../handler';
import { followLink } from './follow-link';

const CHOSEN = 'correct horse battery';

/** Services whose sign-in answers each new password in turn; what was asked of it stands in `steps`. */
function setUp(answers: ({ code: string; status: number } | null)[]) {
  const steps: string[] = [];
  const passwords: string[] = [];
  const auth = {
    verifyOtp: async () => ({ data: { session: { access_token: 'token' } }, error: null }),
    updateUser: async ({ password }: { password: string }) => {
      passwords.push(password);
      steps.push('password');
      return { error: answers.shift() ?? null };
    },
    signOut: async ({ scope }: { scope: string }) => {
      steps.push(`sign out ${scope}`);
      return { error: null };
    },
  };
  const services = {
    originOf: () => ({ ip: null }),
    windowLimiter: { check: async () => ({ allowed: true }) },
    accessTokens: { verify: async () => ({ userId: randomUUID(), email: 'ada@example.com', sessionId: null }) },
    sessions: { proveAddress: async () => void steps.push('proven') },
    supabase: { openSession: () => ({ isPresent: false, auth }) },
  };
  const follow = () =>
    followLink(
      new Request('http://localhost/', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token_hash: 'hash', type: 'signup', password: CHOSEN }),
      }),
      { services } as unknown as RequestContext,
    );
  return { follow, steps, passwords };
}

describe('following a link', () => {
  it('proves the address last, when the password is chosen and all other sessions have ended', async () => {
    const { follow, steps } = setUp([null]);
    await expect(follow()).resolves.toMatchObject({ passwordAccepted: true });
    expect(steps).toEqual(['password', 'sign out others', 'proven']);
  });

  it('takes the password away that the account had, also where the chosen one is too weak for the project', async () => {
    const { follow, passwords, steps } = setUp([{ code: 'weak_password', status: 422 }, null]);
    await expect(follow()).resolves.toMatchObject({ passwordAccepted: false });
    expect(passwords[0]).toBe(CHOSEN);
    expect(passwords[1]).toMatch(/^.{60,}$/);
    expect(steps).toEqual(['password', 'password', 'sign out others', 'proven']);
  });

  it('is content with the password that the account has already', async () => {
    await expect(setUp([{ code: 'same_password', status: 422 }]).follow()).resolves.toMatchObject({
      passwordAccepted: true,
    });
  });

  it('proves nothing where the password could not be set', async () => {
    const { follow, steps } = setUp([{ code: 'unexpected_failure', status: 500 }]);
    await expect(follow()).rejects.toMatchObject({ code: 'internal' });
    expect(steps).toEqual(['password']);
  });
});
