import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createDatabaseListener, type DatabaseListener } from '@/db';
import { systemClock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { generateApiKey, hashApiKey } from './api-key-format';
import { createApiKeyService, type KeyActor, type KeyAuditEntry } from './api-key-service';
import { createApiKeyStore } from './api-key-store';
import { createApiKeyVerifier, type ApiKeyVerifier } from './api-key-verifier';
import { type Allowance } from '@/plans';
import { createApiKeyInput } from './contracts';
import { createKeyChanges } from './key-changes';

const PERSON: KeyActor = { kind: 'user', id: '00000000-0000-4000-8000-000000000001' };
const input = (more: object = {}) => createApiKeyInput.parse({ name: 'Test', ...more });
const UNLIMITED = { limit: null, refusal: () => new AppError('payment_required', 'never') } as unknown as Allowance;
const PLAN = { maxRequestsPerMinute: 500, allowance: UNLIMITED };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('API keys', () => {
  let database: TestDatabase;
  let organizationId: string;
  const verifiers: ApiKeyVerifier[] = [];
  const listeners: DatabaseListener[] = [];
  const entries: KeyAuditEntry[] = [];
  let nowMs = 0;
  /** By how much the monotonic clock of verifiers is ahead. */
  let passedMs = 0;
  const monotonicMs = () => performance.now() + passedMs;
  const clock = { now: () => new Date(systemClock.now().getTime() + nowMs) };

  beforeAll(async () => {
    database = await createTestDatabase();
    organizationId = (await createOrganization(database.pool)).id;
  });
  beforeEach(() => void (nowMs = passedMs = 0));
  afterAll(async () => {
    await Promise.all(verifiers.map((verifier) => verifier.close()));
    await Promise.all(listeners.map((listener) => listener.close()));
    await database.drop();
  });

  const service = () =>
    createApiKeyService({
      pool: database.pool,
      store: createApiKeyStore(database),
      clock,
      audit: async (_client, entry) => void entries.push(entry),
      countAttempt: async () => undefined,
    });

  /** As another process has it: a memory and a LISTEN connection of its own. */
  async function startVerifier(deaf = false) {
    const listener = createDatabaseListener({
      connection: { connectionString: database.url },
      pool: database.pool,
      monotonicMs,
      warn: () => undefined,
    });
    listeners.push(listener);
    const listen = createKeyChanges({ listener });
    const silent = { start: () => undefined, heardThroughMs: () => -Infinity, prove: async () => false };
    const verifier = createApiKeyVerifier({
      store: createApiKeyStore(database),
      clock,
      listen: deaf ? { ...silent, stop: () => undefined } : listen,
      monotonicMs,
      warn: () => undefined,
    });
    verifiers.push(verifier);
    while (!deaf && listen.heardThroughMs() === -Infinity) await pause(5);
    const codeOf = async (key: string) => {
      const verdict = await verifier.verify(key);
      return verdict.ok ? 'ok' : verdict.code;
    };
    return { verifier, listen, codeOf };
  }

  it('are shown once, and stored so that they cannot be read again', async () => {
    const { secret, id } = await service().create(organizationId, PERSON, input(), PLAN);
    const { rows } = await database.pool.query('select k::text as stored from api_keys k where id = $1', [id]);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(12, -4));
    expect(JSON.stringify(await service().get(organizationId, id))).not.toContain(secret.slice(12, -4));
    expect(entries.at(-1)).toMatchObject({ action: 'api_key.created', target: id, actor: { kind: 'user' } });
  });

  it('are no one else’s to see or end', async () => {
    const { id } = await service().create(organizationId, PERSON, input(), PLAN);
    const stranger = (await createOrganization(database.pool)).id;
    for (const attempt of [
      service().get(stranger, id),
      service().revoke(stranger, PERSON, id),
      service().rotate(stranger, PERSON, id, 0),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await service().list(stranger, { limit: 10 })).data).toEqual([]);
  });

  it('are listed page by page, each once, the newest first', async () => {
    const own = (await createOrganization(database.pool)).id;
    const made: string[] = [];
    for (let n = 0; n < 7; n++) made.unshift((await service().create(own, PERSON, input(), PLAN)).id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await service().list(own, { limit: 3, cursor });
      seen.push(...page.data.map((key) => key.id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(made);
    await expect(service().list(own, { limit: 3, cursor: 'bm8' })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('are held to a rate limit of their own, up to that of the plan, and keep it when they are replaced', async () => {
    const asked = (requests_per_minute: number) =>
      service().create(organizationId, PERSON, input({ requests_per_minute }), PLAN);
    await expect(asked(501)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'requests_per_minute', message: expect.stringContaining('at most 500') as string }],
    });
    const made = await asked(500);
    expect(made.requests_per_minute).toBe(500);
    const { secret } = await service().rotate(organizationId, PERSON, made.id, 0);
    const { verifier } = await startVerifier();
    await expect(Promise.resolve(verifier.verify(secret))).resolves.toMatchObject({
      principal: { requestsPerMinute: 500, mayExceedPlan: false },
    });
  });

  it('exceed the plan only by the will of an operator, which is known of them', async () => {
    const raised = await service().create(organizationId, PERSON, input({ requests_per_minute: 1_000_000 }), {
      maxRequestsPerMinute: null,
    });
    const plain = await service().create(organizationId, PERSON, input(), { maxRequestsPerMinute: null });
    const { verifier } = await startVerifier();
    const principals = await Promise.all([raised, plain].map(async ({ secret }) => verifier.verify(secret)));
    expect(principals).toMatchObject([
      { principal: { requestsPerMinute: 1_000_000, mayExceedPlan: true } },
      { principal: { requestsPerMinute: null, mayExceedPlan: false } },
    ]);
  });

  it('are held to a changed rate limit in every process at once', async () => {
    const { secret, id } = await service().create(organizationId, PERSON, input(), PLAN);
    const { verifier } = await startVerifier();
    const limitOf = async () => {
      const verdict = await verifier.verify(secret);
      return verdict.ok && verdict.principal.requestsPerMinute;
    };
    await expect(limitOf()).resolves.toBeNull();
    await database.pool.query('update api_keys set requests_per_minute = 7 where id = $1', [id]);
    while ((await limitOf()) !== 7) await pause(5);
  });

  it('with an expiry in the past are refused', async () => {
    const attempt = service().create(organizationId, PERSON, input({ expires_at: '2020-01-01T00:00:00Z' }), PLAN);
    await expect(attempt).rejects.toThrow(AppError);
  });

  it('work from the moment they are made, even where they were refused a moment before', async () => {
    const { codeOf, listen } = await startVerifier();
    const secret = generateApiKey(true);
    expect(await codeOf(secret)).toBe('invalid_api_key');
    await database.pool.query(
      `insert into api_keys (organization_id, name, secret_sha256, prefix, last_four, livemode, scopes)
       values ($1, 'Late', decode($2, 'hex'), 'tg_live_xxxx', 'xxxx', true, '{*}')`,
      [organizationId, hashApiKey(secret)],
    );
    await listen.prove();
    expect(await codeOf(secret)).toBe('ok');
  });

  it('stop in another process that has been idle when they are revoked', async () => {
    const { codeOf } = await startVerifier();
    const { secret, id } = await service().create(organizationId, PERSON, input(), PLAN);
    expect(await codeOf(secret)).toBe('ok');
    passedMs += 1_200;
    const before = await service().revoke(organizationId, PERSON, id);
    expect(await codeOf(secret)).toBe('revoked_api_key');
    expect(await service().revoke(organizationId, PERSON, id)).toEqual(before);
  });

  it('stop although the connection that would have told of it was killed', async () => {
    const { codeOf, listen } = await startVerifier();
    const { secret, id } = await service().create(organizationId, PERSON, input(), PLAN);
    expect(await codeOf(secret)).toBe('ok');
    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'tollgate-listen' and datname = current_database()`,
    );
    await service().revoke(organizationId, PERSON, id);
    passedMs += 1_000;
    expect(await codeOf(secret)).toBe('revoked_api_key');
    while (listen.heardThroughMs() === -Infinity) await pause(10);
    const other = await service().create(organizationId, PERSON, input(), PLAN);
    expect(await codeOf(other.secret)).toBe('ok');
    await service().revoke(organizationId, PERSON, other.id);
    passedMs += 1_000;
    expect(await codeOf(other.secret)).toBe('revoked_api_key');
  });

  it('stop within a second in a process that never hears anything', async () => {
    const { codeOf } = await startVerifier(true);
    const { secret, id } = await service().create(organizationId, PERSON, input(), PLAN);
    expect(await codeOf(secret)).toBe('ok');
    await service().revoke(organizationId, PERSON, id);
    passedMs += 1_000;
    expect(await codeOf(secret)).toBe('revoked_api_key');
  });

  it('overlap for as long as was asked when they are rotated, and not a moment longer', async () => {
    const { codeOf, listen } = await startVerifier();
    const old = await service().create(
      organizationId,
      PERSON,
      input({ scopes: ['a:b'], allowed_ips: ['10.0.0.0/8'] }),
      PLAN,
    );
    const next = await service().rotate(organizationId, PERSON, old.id, 3_600);
    expect(next).toMatchObject({ name: 'Test', scopes: ['a:b'], allowed_ips: ['10.0.0.0/8'], rotated_from: old.id });
    await listen.prove();
    expect([await codeOf(old.secret), await codeOf(next.secret)]).toEqual(['ok', 'ok']);
    nowMs += 3_600_000;
    expect([await codeOf(old.secret), await codeOf(next.secret)]).toEqual(['expired_api_key', 'ok']);
  });

  it('end at once when they are rotated without overlap, and are rotated only once', async () => {
    const { codeOf, listen } = await startVerifier();
    const old = await service().create(organizationId, PERSON, input(), PLAN);
    expect(await codeOf(old.secret)).toBe('ok');
    const attempts = await Promise.allSettled(
      Array.from({ length: 5 }, () => service().rotate(organizationId, PERSON, old.id, 0)),
    );
    expect(attempts.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
    await listen.prove();
    expect(await codeOf(old.secret)).toBe('revoked_api_key');
  });

  it('keep no change whose audit entry could not be written', async () => {
    const failing = createApiKeyService({
      pool: database.pool,
      store: createApiKeyStore(database),
      clock,
      audit: () => Promise.reject(new Error('no')),
      countAttempt: async () => undefined,
    });
    const { id } = await service().create(organizationId, PERSON, input(), PLAN);
    await expect(failing.revoke(organizationId, PERSON, id)).rejects.toThrow('no');
    expect((await service().get(organizationId, id)).status).toBe('active');
  });
});
