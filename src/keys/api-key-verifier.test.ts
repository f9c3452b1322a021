import { generateApiKey, hashApiKey } from './api-key-format';
import { type ApiKeyRow } from './api-key-store';
import { createApiKeyVerifier } from './api-key-verifier';
import { type KeyChangeHandlers } from './key-changes';

const ROW: ApiKeyRow = {
  id: 'key',
  organization_id: 'organization',
  name: 'Test',
  prefix: 'tg_live_xxxx',
  last_four: 'xxxx',
  livemode: true,
  scopes: ['*'],
  allowed_ips: [],
  created_by: null,
  created_at: new Date(0),
  expires_at: null,
  revoked_at: null,
  rotated_from: null,
  last_used_at: null,
  requests_per_minute: null,
  may_exceed_plan: false,
};

/** A verifier whose database, time and LISTEN connection the test decides about. */
function setUp({ listening = true } = {}) {
  const world = {
    row: ROW as ApiKeyRow | null,
    nowMs: 1_000_000,
    listening,
    reachable: true,
    lookups: 0,
    proofs: 0,
    provenMs: -Infinity,
    /** Set to hold look-ups back until it resolves. */
    gate: Promise.resolve(),
    hear: undefined as KeyChangeHandlers | undefined,
  };
  const verifier = createApiKeyVerifier({
    store: {
      async findByHash() {
        world.lookups++;
        const { row } = world;
        await world.gate;
        if (!world.reachable) throw new Error('connection refused');
        return row;
      },
    },
    clock: { now: () => new Date(world.nowMs) },
    monotonicMs: () => world.nowMs,
    warn: () => undefined,
    listen: {
      start(hear) {
        world.hear = hear;
        hear.began();
      },
      heardThroughMs: () => (world.listening ? world.provenMs : -Infinity),
      async prove() {
        world.proofs++;
        if (world.listening) world.provenMs = world.nowMs;
        return world.listening;
      },
      stop: () => undefined,
    },
  });
  const key = generateApiKey(true);
  const codeOf = async (presented = key) => {
    const verdict = await verifier.verify(presented);
    return verdict.ok ? 'ok' : verdict.code;
  };
  return { world, verifier, key, codeOf };
}

describe('the verification of keys', () => {
  it('refuses a mistyped key without asking the database', async () => {
    const { world, key, codeOf } = setUp();
    const mistyped = (key.slice(0, 20) + (key[20] === 'a' ? 'b' : 'a') + key.slice(21)).slice(0, key.length);
    for (const wrong of [mistyped, key.slice(0, -1), '', 'tg_live_', `${key}0`]) {
      expect(await codeOf(wrong)).toBe('invalid_api_key');
    }
    expect(world.lookups).toBe(0);
  });

  it('asks once for a key that a thousand requests bring at the same time', async () => {
    const { world, codeOf } = setUp();
    const codes = await Promise.all(Array.from({ length: 1000 }, () => codeOf()));
    expect(new Set(codes)).toEqual(new Set(['ok']));
    expect(world.lookups).toBe(1);
  });

  it('answers from memory for keys known and unknown', async () => {
    const { world, verifier, key, codeOf } = setUp();
    await codeOf();
    expect(await verifier.verify(key)).toMatchObject({ ok: true });
    world.row = null;
    const stranger = generateApiKey(false);
    expect(await codeOf(stranger)).toBe('invalid_api_key');
    expect(await verifier.verify(stranger)).toEqual({ ok: false, code: 'invalid_api_key' });
    expect(world.lookups).toBe(2);
  });

  it('refuses at the instant of expiry, whatever is remembered', async () => {
    const { world, codeOf } = setUp();
    world.row = { ...ROW, expires_at: new Date(world.nowMs + 500) };
    expect(await codeOf()).toBe('ok');
    world.nowMs += 499;
    expect(await codeOf()).toBe('ok');
    world.nowMs += 1;
    expect(await codeOf()).toBe('expired_api_key');
    expect(world.lookups).toBe(1);
  });

  it('hears of a revocation at once', async () => {
    const { world, key, codeOf } = setUp();
    expect(await codeOf()).toBe('ok');
    world.row = { ...ROW, revoked_at: new Date(world.nowMs) };
    world.hear?.changed(hashApiKey(key));
    expect(await codeOf()).toBe('revoked_api_key');
  });

  it('refuses a revoked key within a second although its notification was lost', async () => {
    const { world, codeOf } = setUp({ listening: false });
    expect(await codeOf()).toBe('ok');
    world.row = { ...ROW, revoked_at: new Date(world.nowMs) };
    world.nowMs += 999;
    expect(await codeOf()).toBe('revoked_api_key');
  });

  it('believes its memory only as far as the last proof that the connection is alive', async () => {
    const { world, codeOf } = setUp();
    expect(await codeOf()).toBe('ok');
    world.nowMs += 30_000;
    expect(await codeOf()).toBe('ok');
    expect([world.lookups, world.proofs]).toEqual([1, 1]);
    // The connection dies silently, and takes the notification with it.
    world.listening = false;
    world.row = { ...ROW, revoked_at: new Date(world.nowMs) };
    world.nowMs += 999;
    expect(await codeOf()).toBe('revoked_api_key');
  });

  it('does not keep an answer that a change has overtaken', async () => {
    const { world, key, codeOf } = setUp();
    let open = () => undefined as void;
    world.gate = new Promise((resolve) => (open = resolve));
    const early = codeOf();
    world.row = { ...ROW, revoked_at: new Date(world.nowMs) };
    world.hear?.changed(hashApiKey(key));
    open();
    expect(await early).toBe('revoked_api_key');
  });

  it('goes on with what it knows while the database is away, but never calls a key it cannot check a wrong one', async () => {
    const { world, codeOf } = setUp({ listening: false });
    expect(await codeOf()).toBe('ok');
    world.reachable = false;
    world.nowMs += 500;
    expect(await codeOf()).toBe('ok');
    expect(await codeOf(generateApiKey(true))).toBe('unavailable');
    world.nowMs += 500;
    expect(await codeOf()).toBe('unavailable');
    world.reachable = true;
    expect(await codeOf()).toBe('ok');
  });

  it('reads every key again after a minute, even if nothing was heard of it', async () => {
    const { world, codeOf } = setUp();
    await codeOf();
    world.nowMs += 60_000;
    await codeOf();
    expect(world.lookups).toBe(2);
  });
});
