import { createWindowLimiter } from '@/rates';
import { type Services } from '../services';
import { limitSignIn, rememberDevice } from './known-device';

const START_MS = 30_000_000 * 60_000;
const OWNER = 'owner@example.com';

function setUp() {
  const known = new Set<string>();
  const services = {
    env: { APP_URL: 'https://usage.example.com' },
    knownDevices: {
      isKnown: async (token: string, email: string) => known.has(`${token} ${email}`),
      remember: async (token: string | null, userId: string) => {
        const kept = token ?? `token${known.size}`;
        known.add(`${kept} ${userId}`);
        return kept;
      },
    },
    originOf: (header: (name: string) => string | null) => ({ ip: header('x-test-ip') }),
    windowLimiter: createWindowLimiter({
      shared: null,
      onOutage: 'allow',
      timeoutMs: 250,
      clock: { now: () => new Date() },
      log: { warn: () => undefined, info: () => undefined },
    }),
  } as unknown as Services;
  const request = (ip: string | null, cookie = '') =>
    new Request('https://usage.example.com', { headers: { cookie, ...(ip !== null && { 'x-test-ip': ip }) } });
  return {
    /** How many of so many attempts may be made. */
    attempts: async (
      howMany: number,
      email: (n: number) => string,
      ip: (n: number) => string | null,
      cookie?: string,
    ) => {
      let made = 0;
      for (let n = 0; n < howMany; n++) {
        const refused = await limitSignIn(services, request(ip(n), cookie), email(n)).catch((error: unknown) => error);
        if (refused === undefined) made++;
        else expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) as number });
      }
      return made;
    },
    /** The Cookie header of a browser that has signed in. */
    signIn: async (email: string, cookie?: string) =>
      (await rememberDevice(services, request('203.0.113.1', cookie), email)).split(';', 1)[0]!,
  };
}
const owner = () => OWNER;
const network = (n: number) => `198.51.${n >> 8}.${n & 255}`;
const here = () => '203.0.113.1';

describe('signing in', () => {
  beforeEach(() => jest.useFakeTimers({ now: START_MS, doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] }));
  afterEach(() => jest.useRealTimers());

  it('is tried by a stranger ten times in a quarter of an hour for one account, and ten times a minute for all', async () => {
    const { attempts } = setUp();
    await expect(attempts(50, owner, here)).resolves.toBe(10);
    await expect(
      attempts(
        50,
        (n) => `person-${n}@example.com`,
        () => '203.0.113.2',
      ),
    ).resolves.toBe(10);
    await expect(attempts(50, owner, () => null)).resolves.toBe(10);
  });

  it('is tried by many strangers together a hundred times an hour for one account', async () => {
    const { attempts } = setUp();
    await expect(attempts(1_000, owner, network)).resolves.toBe(100);
  });

  it('goes on for the owner while strangers try, from a device that was here before, also in the strangers’ network', async () => {
    const { attempts, signIn } = setUp();
    const cookie = await signIn(OWNER);
    await attempts(1_000, owner, network);
    await attempts(50, owner, here);
    await expect(attempts(3, owner, here, cookie)).resolves.toBe(3);
    await expect(attempts(3, owner, () => network(7), cookie)).resolves.toBe(3);
  });

  it('goes on for the owner from a new device while one stranger tries', async () => {
    const { attempts } = setUp();
    await attempts(500, owner, () => network(1));
    await expect(attempts(3, owner, here)).resolves.toBe(3);
  });

  it('is tried ten times a minute by a known device too, and what it is known for is one account', async () => {
    const { attempts, signIn } = setUp();
    const cookie = await signIn(OWNER);
    await expect(attempts(50, owner, network, cookie)).resolves.toBe(10);
    await attempts(50, () => 'other@example.com', here);
    await expect(attempts(50, () => 'other@example.com', here, cookie)).resolves.toBe(0);
    const both = await signIn('other@example.com', cookie);
    expect(both).toBe(cookie);
    await expect(attempts(5, () => 'other@example.com', here, both)).resolves.toBe(5);
  });
});
