import { LRUCache } from 'lru-cache';
import { type Clock } from '@/kernel/clock';
import { withinTime } from '@/kernel/within-time';
import { API_KEY_LENGTH, hashApiKey, isApiKey } from './api-key-format';
import { type ApiKeyRow } from './api-key-store';
import { createIpMatcher } from './ip-ranges';
import { type KeyChanges } from './key-changes';

/**
 * How long an answer may be used without a proof that nothing changed since (see KeyChanges). With it, a revoked key
 * stops within 800 ms plus the duration of one call, whatever was lost on the way.
 */
const UNPROVEN_MS = 800;
/** Age at which a proof is renewed beside the request that notices, so that a busy process never waits for one. */
const RENEW_MS = 400;
/** Age at which an entry is read again in any case. */
const HARD_TTL_MS = 60_000;
const LOOKUP_MS = 3_000;
const LOOKUP_ATTEMPTS = 3;
const ENTRIES = 10_000;

/** The program behind a key. */
interface KeyPrincipal {
  kind: 'api_key';
  organizationId: string;
  apiKeyId: string;
  livemode: boolean;
  scopes: readonly string[];
  /** The key's own rate limit, if it has one. */
  requestsPerMinute: number | null;
  /** Whether an operator set it, so that it may exceed the plan's. */
  mayExceedPlan: boolean;
}

type KeyRefusal = 'invalid_api_key' | 'revoked_api_key' | 'expired_api_key' | 'unavailable';
type KeyVerdict =
  | {
      ok: true;
      principal: KeyPrincipal;
      /** Whether the key may be used from this address. */ allowsIp: (ip: string | null) => boolean;
    }
  | { ok: false; code: KeyRefusal };

export interface ApiKeyVerifier {
  /** From memory where possible; a key that is mistyped is refused without I/O. Never rejects. */
  verify(presented: string): Promise<KeyVerdict>;
  /** Forgets everything and lets go of the connection. */
  close(): Promise<void>;
}

interface Entry {
  verdict: KeyVerdict;
  expiresAtMs: number;
  /** Monotonic time at which its look-up was sent. */
  askedAtMs: number;
}

interface Dependencies {
  store: { findByHash(sha256Hex: string): Promise<ApiKeyRow | null> };
  clock: Clock;
  listen: KeyChanges;
  monotonicMs: () => number;
  warn: (problem: unknown, message: string) => void;
}

const refusal = (code: KeyRefusal): KeyVerdict => ({ ok: false, code });
const INVALID = refusal('invalid_api_key');
const EXPIRED = refusal('expired_api_key');
const REVOKED = refusal('revoked_api_key');
const UNAVAILABLE = refusal('unavailable');

export function createApiKeyVerifier({ store, clock, listen, monotonicMs, warn }: Dependencies): ApiKeyVerifier {
  const known = new LRUCache<string, Entry>({ max: ENTRIES });
  // Apart, so that a stream of invented keys cannot push out those in use.
  const unknown = new LRUCache<string, Entry>({ max: ENTRIES });
  const lookups = new Map<string, { outdated: boolean; entry: Promise<Entry> }>();

  listen.start({
    changed(hash) {
      known.delete(hash);
      unknown.delete(hash);
      // An answer on its way may be from before the change.
      const lookup = lookups.get(hash);
      if (lookup) lookup.outdated = true;
    },
    began() {
      known.clear();
      unknown.clear();
      for (const lookup of lookups.values()) lookup.outdated = true;
    },
  });

  /** Whether the entry surely says what the database said less than UNPROVEN_MS ago. */
  function isCurrent(entry: Entry): boolean {
    const nowMs = monotonicMs();
    const ageMs = nowMs - entry.askedAtMs;
    if (ageMs < UNPROVEN_MS) return true;
    if (ageMs >= HARD_TTL_MS) return false;
    const provenMs = nowMs - listen.heardThroughMs();
    if (provenMs >= RENEW_MS && provenMs < UNPROVEN_MS) void listen.prove();
    return provenMs < UNPROVEN_MS;
  }

  const judge = ({ verdict, expiresAtMs }: Entry): KeyVerdict =>
    verdict.ok && expiresAtMs <= clock.now().getTime() ? EXPIRED : verdict;

  function remember(hash: string, entry: Entry): void {
    const [home, other] = entry.verdict === INVALID ? [unknown, known] : [known, unknown];
    other.delete(hash);
    home.set(hash, entry);
  }
  const remembered = (hash: string) => known.get(hash) ?? unknown.get(hash);

  async function confirm(hash: string, entry: Entry | undefined): Promise<KeyVerdict> {
    if (entry && monotonicMs() - entry.askedAtMs < HARD_TTL_MS && (await listen.prove())) {
      // The proof may have brought a change of this very key with it.
      const still = remembered(hash);
      if (still && isCurrent(still)) return judge(still);
    }
    for (let attempt = 0; attempt < LOOKUP_ATTEMPTS; attempt++) {
      const lookup = lookups.get(hash) ?? lookUp(hash);
      try {
        const found = await lookup.entry;
        if (!lookup.outdated && isCurrent(found)) return judge(found);
      } catch (error) {
        warn(error, 'an API key could not be looked up');
        return UNAVAILABLE;
      }
    }
    return UNAVAILABLE;
  }

  function lookUp(hash: string) {
    const lookup = { outdated: false, entry: read(hash) };
    lookups.set(hash, lookup);
    lookup.entry = lookup.entry
      .then((entry) => {
        if (!lookup.outdated) remember(hash, entry);
        return entry;
      })
      .finally(() => lookups.delete(hash));
    return lookup;
  }

  async function read(hash: string): Promise<Entry> {
    const askedAtMs = monotonicMs();
    return { ...entryOf(await withinTime(LOOKUP_MS, store.findByHash(hash))), askedAtMs };
  }

  return {
    async verify(presented) {
      if (presented.length !== API_KEY_LENGTH) return INVALID;
      const hash = hashApiKey(presented);
      const entry = remembered(hash);
      // What was found in the database once needs no checksum.
      if (!entry && !isApiKey(presented)) return INVALID;
      return entry && isCurrent(entry) ? judge(entry) : confirm(hash, entry);
    },
    async close() {
      known.clear();
      unknown.clear();
      listen.stop();
    },
  };
}

function entryOf(row: ApiKeyRow | null): Omit<Entry, 'askedAtMs'> {
  if (!row) return { verdict: INVALID, expiresAtMs: Infinity };
  if (row.revoked_at) return { verdict: REVOKED, expiresAtMs: Infinity };
  const principal: KeyPrincipal = {
    kind: 'api_key',
    organizationId: row.organization_id,
    apiKeyId: row.id,
    livemode: row.livemode,
    scopes: row.scopes,
    requestsPerMinute: row.requests_per_minute,
    mayExceedPlan: row.may_exceed_plan,
  };
  const verdict: KeyVerdict = { ok: true, principal, allowsIp: createIpMatcher(row.allowed_ips) };
  return { verdict, expiresAtMs: row.expires_at?.getTime() ?? Infinity };
}
