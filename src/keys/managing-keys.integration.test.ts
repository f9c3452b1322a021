import { systemClock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type Allowance } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createApiKeyService, type KeyActor } from './api-key-service';
import { createApiKeyStore } from './api-key-store';
import { createApiKeyInput } from './contracts';
import { allowsScope } from './scopes';

const PERSON: KeyActor = { kind: 'user', id: '00000000-0000-4000-8000-000000000001' };
const input = (more: object = {}) => createApiKeyInput.parse({ name: 'Test', scopes: ['*'], ...more });
/** A plan with room for so many keys. */
const roomFor = (limit: number) => ({
  maxRequestsPerMinute: 500,
  allowance: {
    limit,
    refusal: (used: number) => new AppError('payment_required', 'no room', { details: { used } }),
  } as unknown as Allowance,
});
const PLAN = roomFor(1_000);

it('may read usage and no more, if nothing else was asked for: reporting it is billed', () => {
  const { scopes } = createApiKeyInput.parse({ name: 'Test' });
  expect(scopes).toEqual(['usage:read']);
  expect(allowsScope(scopes, 'usage:write')).toBe(false);
});

describe('API keys', () => {
  let database: TestDatabase;
  let organizationId: string;
  let countAttempt: (...attempt: unknown[]) => void;
  let nowMs = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    organizationId = (await createOrganization(database.pool)).id;
  });
  beforeEach(() => {
    nowMs = 0;
    countAttempt = () => undefined;
  });
  afterAll(() => database.drop());

  const service = () =>
    createApiKeyService({
      pool: database.pool,
      store: createApiKeyStore(database),
      clock: { now: () => new Date(systemClock.now().getTime() + nowMs) },
      audit: async () => undefined,
      countAttempt: async (...attempt) => countAttempt(...attempt),
    });

  describe('that manage keys', () => {
    const HOUR_MS = 3_600_000;
    const [inAnHour, later] = [1, 2].map((hours) => new Date(Date.now() + hours * HOUR_MS).toISOString());
    const bound = {
      scopes: ['keys:write', 'usage:read'],
      allowed_ips: ['203.0.113.0/24'],
      expires_at: inAnHour,
      requests_per_minute: 60,
    };
    const actorOf = ({ id }: { id: string }): KeyActor => ({ kind: 'api_key', id });

    it.each<[string, object, object]>([
      ['scopes', {}, { scopes: ['*'] }],
      ['livemode', { livemode: false }, {}],
      ['allowed_ips', {}, { allowed_ips: [] }],
      ['allowed_ips', {}, { allowed_ips: ['203.0.112.0/23'] }],
      ['expires_at', {}, { expires_at: null }],
      ['expires_at', {}, { expires_at: later }],
      ['requests_per_minute', {}, { requests_per_minute: null }],
      ['requests_per_minute', {}, { requests_per_minute: 61 }],
    ])('make none beyond themselves in %s (%j), and replace none', async (field, own, wider) => {
      const calling = actorOf(await service().create(organizationId, PERSON, input({ ...bound, ...own }), PLAN));
      const asked = input({ ...bound, ...wider });
      const refused = { code: 'forbidden', issues: [{ field }] };
      await expect(service().create(organizationId, calling, asked, PLAN)).rejects.toMatchObject(refused);
      const other = await service().create(organizationId, PERSON, asked, PLAN);
      await expect(service().rotate(organizationId, calling, other.id, 0)).rejects.toMatchObject(refused);
      expect((await service().get(organizationId, other.id)).status).toBe('active');
    });

    it('make and replace those within their reach, themselves too', async () => {
      const calling = await service().create(organizationId, PERSON, input(bound), PLAN);
      const { expires_at } = calling;
      const made = await service().create(organizationId, actorOf(calling), input({ ...bound, expires_at }), PLAN);
      expect([made.scopes, made.created_by]).toEqual([bound.scopes, null]);
      const replaced = await service().rotate(organizationId, actorOf(calling), made.id, 0);
      const again = await service().rotate(organizationId, actorOf(replaced), replaced.id, 0);
      expect(again).toMatchObject({ allowed_ips: bound.allowed_ips, expires_at, requests_per_minute: 60 });
    });

    it('end those whose mode and scopes they have, and no others', async () => {
      const limited = actorOf(await service().create(organizationId, PERSON, input(bound), PLAN));
      const narrow = await service().create(organizationId, PERSON, input({ scopes: ['usage:read'] }), PLAN);
      const wide = await service().create(organizationId, PERSON, input(), PLAN);
      expect(await service().revoke(organizationId, limited, narrow.id)).toMatchObject({ status: 'revoked' });
      await expect(service().revoke(organizationId, limited, wide.id)).rejects.toMatchObject({ code: 'forbidden' });
    });

    it('make nothing once they have ended, whatever a process still remembers of them', async () => {
      const calling = await service().create(organizationId, PERSON, input(), PLAN);
      await service().revoke(organizationId, PERSON, calling.id);
      const attempts = [
        service().create(organizationId, actorOf(calling), input(), PLAN),
        service().rotate(organizationId, actorOf(calling), calling.id, 0),
      ];
      for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'revoked_api_key' });
    });

    it('use up attempts only for what they could make, counted by the mode of it', async () => {
      const counted: unknown[] = [];
      countAttempt = (_organization, actor, livemode) => void counted.push([(actor as KeyActor).id, livemode]);
      const test = await service().create(organizationId, PERSON, input({ livemode: false }), PLAN);
      const live = await service().create(organizationId, PERSON, input(), PLAN);
      counted.length = 0;
      const refused = [
        service().create(organizationId, actorOf(test), input(), PLAN),
        service().create(organizationId, PERSON, input({ allowed_ips: ['nowhere'] }), PLAN),
        service().create(organizationId, PERSON, input({ expires_at: '2020-01-01T00:00:00Z' }), PLAN),
        service().create(organizationId, PERSON, input({ requests_per_minute: 501 }), PLAN),
        service().create(organizationId, PERSON, input(), roomFor(0)),
        service().rotate(organizationId, actorOf(test), live.id, 0),
        service().rotate(organizationId, PERSON, PERSON.id, 0),
      ];
      for (const attempt of refused) await expect(attempt).rejects.toThrow(AppError);
      expect(counted).toEqual([]);
      await service().create(organizationId, actorOf(test), input({ livemode: false }), PLAN);
      await service().rotate(organizationId, PERSON, live.id, 0);
      expect(counted).toEqual([
        [test.id, false],
        [PERSON.id, true],
      ]);
    });
  });

  describe('are as many as the plan allows', () => {
    const heldBy = async (own: string) => {
      const { data } = await service().list(own, { limit: 100 });
      return data.filter(({ status }) => status === 'active').length;
    };
    const full = { code: 'payment_required' };

    it('exactly, also when many are asked for at once', async () => {
      const own = (await createOrganization(database.pool)).id;
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, () => service().create(own, PERSON, input(), roomFor(3))),
      );
      expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
      for (const attempt of attempts) if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(full);
      expect(await heldBy(own)).toBe(3);
    });

    it('not counting what has ended, and a key with its replacement as one', async () => {
      const own = (await createOrganization(database.pool)).id;
      const make = (more = {}) => service().create(own, PERSON, input(more), roomFor(2));
      const revoked = await make();
      await make({ expires_at: new Date(Date.now() + 60_000).toISOString() });
      await expect(make()).rejects.toMatchObject({ ...full, details: { used: 2 } });
      await service().revoke(own, PERSON, revoked.id);
      const kept = await make();
      const next = await service().rotate(own, PERSON, kept.id, 3_600);
      expect(await heldBy(own)).toBe(3);
      await expect(make()).rejects.toMatchObject(full);
      nowMs = 60_000;
      await make();
      await service().revoke(own, PERSON, next.id);
      // The one it was to replace is there in its place.
      await expect(make()).rejects.toMatchObject(full);
    });

    it('and no chain of replacements keeps more than two of one alive', async () => {
      const own = (await createOrganization(database.pool)).id;
      let key = await service().create(own, PERSON, input(), roomFor(1));
      for (let n = 0; n < 4; n++) key = await service().rotate(own, PERSON, key.id, 604_800);
      expect(await heldBy(own)).toBe(2);
    });

    it('after a move to a smaller plan too: none is ended, each can be replaced, and none is added until there is room', async () => {
      const own = (await createOrganization(database.pool)).id;
      const made = await Promise.all([1, 2, 3].map(() => service().create(own, PERSON, input(), roomFor(3))));
      await expect(service().create(own, PERSON, input(), roomFor(1))).rejects.toMatchObject({ details: { used: 3 } });
      await service().rotate(own, PERSON, made[0]!.id, 0);
      expect(await heldBy(own)).toBe(3);
      for (const { id } of made.slice(1)) await service().revoke(own, PERSON, id);
      await expect(service().create(own, PERSON, input(), roomFor(1))).rejects.toMatchObject(full);
      await service().create(own, PERSON, input(), roomFor(2));
    });
  });
});
