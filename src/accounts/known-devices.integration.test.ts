import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createKnownDevices } from './known-devices';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('known devices', () => {
  let database: TestDatabase;
  let nowMs = Date.now();
  const devices = () => createKnownDevices({ pool: database.pool, clock: { now: () => new Date(nowMs) } });
  const rows = async () => (await database.pool.query('select from known_devices')).rowCount;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  async function makePerson() {
    const userId = randomUUID();
    const email = `${userId}@example.com`;
    await database.pool.query('insert into auth.users (id, email) values ($1, $2)', [userId, email]);
    return { userId, email };
  }

  it('are known to the accounts they signed in to, by a token of which only a hash is stored', async () => {
    const [one, other] = [await makePerson(), await makePerson()];
    const token = await devices().remember(null, one.userId);
    expect(await devices().isKnown(token, one.email.toUpperCase())).toBe(true);
    expect(await devices().isKnown(token, other.email)).toBe(false);
    expect(await devices().remember(token, other.userId)).toBe(token);
    expect(await devices().isKnown(token, other.email)).toBe(true);
    const { rows: stored } = await database.pool.query('select d::text as stored from known_devices d');
    expect(JSON.stringify(stored)).not.toContain(token);
  });

  it('are never what a browser makes up', async () => {
    const { userId, email } = await makePerson();
    for (const made of ['', 'x', "' or true --", 'a'.repeat(44)]) {
      expect(await devices().isKnown(made, email)).toBe(false);
      expect(await devices().remember(made, userId)).not.toBe(made);
    }
  });

  it('are forgotten 30 days after their last sign-in, and their rows go with the sign-ins of others', async () => {
    const person = await makePerson();
    const token = await devices().remember(null, person.userId);
    nowMs += 29 * DAY_MS;
    expect(await devices().isKnown(token, person.email)).toBe(true);
    nowMs += 2 * DAY_MS;
    expect(await devices().isKnown(token, person.email)).toBe(false);
    await devices().remember(null, (await makePerson()).userId);
    expect(await rows()).toBe(1);
  });

  it('are the twenty that signed in last, of one account', async () => {
    const person = await makePerson();
    const tokens: string[] = [];
    for (let n = 0; n < 25; n++) {
      nowMs += 1_000;
      tokens.push(await devices().remember(null, person.userId));
    }
    const known = await Promise.all(tokens.map((token) => devices().isKnown(token, person.email)));
    expect(known).toEqual(tokens.map((_token, n) => n >= 5));
  });
});
