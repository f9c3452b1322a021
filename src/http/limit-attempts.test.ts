import { createWindowLimiter } from '@/rates';
import { limitAttempts, type LimitedAct } from './limit-attempts';

const START_MS = 30_000_000 * 60_000;

function setUp() {
  const windowLimiter = createWindowLimiter({
    shared: null,
    onOutage: 'allow',
    timeoutMs: 250,
    clock: { now: () => new Date() },
    log: { warn: () => undefined, info: () => undefined },
  });
  /** How many of so many attempts may be made; each is for the account and address the functions give. */
  return async (
    act: LimitedAct,
    attempts: number,
    ip: (n: number) => string | null,
    account: (n: number) => string,
  ): Promise<number> => {
    let made = 0;
    for (let n = 0; n < attempts; n++) {
      const refused = await limitAttempts({ windowLimiter }, act, { ip: ip(n), account: account(n) }).catch(
        (error: unknown) => error,
      );
      if (refused === undefined) made++;
      else expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) as number });
    }
    return made;
  };
}
const someIp = (n: number) => `203.0.113.${n}`;
const someone = (n: number) => `person-${n}@example.com`;
const one =
  <T>(value: T) =>
  () =>
    value;

describe('attempts', () => {
  beforeEach(() => jest.useFakeTimers({ now: START_MS, doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] }));
  afterEach(() => jest.useRealTimers());

  it('to sign up are ten a minute from one address, whoever they are for', async () => {
    const attempt = setUp();
    await expect(attempt('sign_up', 50, one('203.0.113.9'), someone)).resolves.toBe(10);
    await expect(attempt('sign_up', 5, one('203.0.113.10'), (n) => someone(n + 100))).resolves.toBe(5);
  });

  it('for one account count however it is written', async () => {
    const attempt = setUp();
    const spellings = (n: number) => (n % 2 ? 'person@example.com' : ' Person@Example.COM ');
    await expect(attempt('mailed_link', 50, someIp, spellings)).resolves.toBe(5);
    jest.setSystemTime(START_MS + 7_200_000);
    await expect(attempt('mailed_link', 50, someIp, spellings)).resolves.toBe(5);
  });

  it('from IPv6 count by the network, in which a caller can pick any address', async () => {
    const attempt = setUp();
    await expect(attempt('sign_up', 50, (n) => `2001:db8:0:1::${n}`, someone)).resolves.toBe(10);
    await expect(
      attempt(
        'sign_up',
        5,
        (n) => `2001:db8:0:2::${n}`,
        (n) => someone(n + 100),
      ),
    ).resolves.toBe(5);
  });

  it('of one kind leave the others alone, and without an address the account still counts', async () => {
    const attempt = setUp();
    const account = one('person@example.com');
    await expect(attempt('sign_up', 9, one(null), account)).resolves.toBe(9);
    await expect(attempt('mailed_link', 9, one(null), account)).resolves.toBe(5);
    await expect(attempt('password_change', 9, one(null), account)).resolves.toBe(5);
    await expect(attempt('admin', 200, one(null), one('admin'))).resolves.toBe(120);
  });
});
