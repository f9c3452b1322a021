/**
 * Making, replacing and ending keys. A change is judged twice: before its attempt is counted, so that what is refused uses up
 * nobody's attempts, and again in its turn, when nobody else can change the keys of the organization.
 */
import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { type Allowance } from '@/plans';
import { generateApiKey, hashApiKey, parseApiKey } from './api-key-format';
import { type ApiKeyRow, type ApiKeyStore } from './api-key-store';
import { apiKeyView, decodeKeyCursor, encodeKeyCursor } from './api-key-view';
import { type ApiKeyView, type CreateApiKeyInput } from './contracts';
import { normaliseIpRanges } from './ip-ranges';
import { type KeyReach, reachBeyond } from './key-reach';

/** Who manages keys: a person, by their role, or a program by means of a key, which makes none beyond itself. */
export interface KeyActor {
  kind: 'user' | 'api_key';
  /** Of the person or of the key. */
  id: string;
}

export interface KeyAuditEntry {
  organizationId: string;
  actor: KeyActor;
  action: 'api_key.created' | 'api_key.revoked' | 'api_key.rotated';
  /** Id of the key. */
  target: string;
  details: Record<string, unknown>;
}

/** Writes to the audit log in the transaction of the change, so that there is no change without its entry. */
type KeyAudit = (client: PoolClient, entry: KeyAuditEntry) => Promise<void>;

type CreatedApiKey = ApiKeyView & { secret: string };

/** What a plan allows of keys. */
interface PlanBounds {
  /** A customer may lower this for a key. */
  maxRequestsPerMinute: number;
  /** How many keys may be in force. */
  allowance: Allowance;
}
/** Without bounds an operator makes the key, who may also raise its rate above the plan. */
type KeyBounds = PlanBounds | { maxRequestsPerMinute: null };

export interface ApiKeyService {
  /**
   * @throws AppError invalid_request for wrong IP ranges, an expiry in the past or a rate limit above `bounds`; forbidden
   *   beyond the reach of the actor's own key; payment_required if as many keys are in force as the plan allows;
   *   rate_limited.
   */
  create(organizationId: string, actor: KeyActor, input: CreateApiKeyInput, bounds: KeyBounds): Promise<CreatedApiKey>;
  /** Newest first. @param limit 1–100. @throws AppError invalid_request for a cursor that is not ours. */
  list(
    organizationId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ data: ApiKeyView[]; next_cursor: string | null }>;
  /** How many keys are in force, a key and the one that takes its place counted as one. */
  countHeld(organizationId: string): Promise<number>;
  /** @throws AppError not_found */
  get(organizationId: string, id: string): Promise<ApiKeyView>;
  /**
   * Ends a key in every process within a second. Revoking again changes nothing. A key ends only keys whose mode and scopes
   * it has itself; from where, until when and how fast it may call does not matter, since ending gives none of these.
   * @throws AppError not_found, forbidden
   */
  revoke(organizationId: string, actor: KeyActor, id: string): Promise<ApiKeyView>;
  /**
   * Replaces a key by a new one with the same name, mode, scopes, ranges, expiry and rate limit. The old one goes on for
   * `overlapSeconds` (0–604 800) or ends at once; the one it had replaced itself ends now, so that two are in force at most.
   * It counts as one key all the time, so that it can be replaced also where the plan allows no more.
   * @throws AppError not_found; forbidden beyond the reach of the actor's own key; conflict if the key is not active or was
   *   rotated before; rate_limited.
   */
  rotate(organizationId: string, actor: KeyActor, id: string, overlapSeconds: number): Promise<CreatedApiKey>;
}

type Runner = Pool | PoolClient;

interface Dependencies {
  pool: Pool;
  store: ApiKeyStore;
  clock: Clock;
  audit: KeyAudit;
  /** Counts an attempt to make a key of this mode. @throws AppError rate_limited */
  countAttempt: (organizationId: string, actor: KeyActor, livemode: boolean) => Promise<void>;
}

export function createApiKeyService({ pool, store, clock, audit, countAttempt }: Dependencies): ApiKeyService {
  const view = (row: ApiKeyRow) => apiKeyView(row, clock.now());
  const missing = () => new AppError('not_found', 'There is no such key in this organization.');

  type Fields = Omit<CreateApiKeyInput, 'expires_at'> &
    Pick<ApiKeyRow, 'expires_at' | 'rotated_from' | 'may_exceed_plan'>;
  async function insert(client: PoolClient, organizationId: string, actor: KeyActor, fields: Fields) {
    const secret = generateApiKey(fields.livemode);
    const { prefix, lastFour } = parseApiKey(secret)!;
    const row = await store.insert(client, {
      id: newId(),
      organizationId,
      name: fields.name,
      secretSha256Hex: hashApiKey(secret),
      prefix,
      lastFour,
      livemode: fields.livemode,
      scopes: fields.scopes,
      allowedIps: fields.allowed_ips,
      createdBy: actor.kind === 'user' ? actor.id : null,
      expiresAt: fields.expires_at,
      rotatedFrom: fields.rotated_from,
      requestsPerMinute: fields.requests_per_minute,
      mayExceedPlan: fields.may_exceed_plan,
    });
    return { ...view(row), secret };
  }

  const entry = (organizationId: string, actor: KeyActor, action: KeyAuditEntry['action'], target: string) => ({
    organizationId,
    actor: { kind: actor.kind, id: actor.id },
    action,
    target,
  });

  /** The calling key as it is now, with its reach; null for a person. @throws AppError revoked_api_key, expired_api_key */
  async function reachOf(organizationId: string, actor: KeyActor, runner: Runner): Promise<KeyReach | null> {
    if (actor.kind === 'user') return null;
    const key = await store.find(organizationId, actor.id, runner);
    if (!key || key.revoked_at) throw new AppError('revoked_api_key', 'The API key was revoked. Use another one.');
    if (view(key).status === 'expired')
      throw new AppError('expired_api_key', 'The API key has expired. Use another one.');
    return key;
  }

  async function assertRoom(organizationId: string, { limit, refusal }: Allowance, runner: Runner): Promise<void> {
    if (limit === null) return;
    const held = await store.countHeld(organizationId, clock.now(), runner);
    if (held >= limit) throw refusal(held);
  }

  /** A key that may be replaced now by this actor. */
  async function replaceable(organizationId: string, actor: KeyActor, id: string, runner: Runner): Promise<ApiKeyRow> {
    const key = await store.find(organizationId, id, runner);
    if (!key) throw missing();
    assertWithin(await reachOf(organizationId, actor, runner), key);
    const { status } = view(key);
    if (status !== 'active') throw new AppError('conflict', `The key is ${status}; create a new one instead.`);
    const successor = await store.findSuccessor(organizationId, id, runner);
    if (successor) throw new AppError('conflict', `The key was replaced by ${successor.id}; rotate that one.`);
    return key;
  }

  return {
    async create(organizationId, actor, input, bounds) {
      assertWithinPlan(input.requests_per_minute, bounds.maxRequestsPerMinute);
      const byOperator = bounds.maxRequestsPerMinute === null;
      const asked = {
        ...input,
        allowed_ips: normaliseIpRanges(input.allowed_ips),
        expires_at: expiryOf(input.expires_at, clock.now()),
        rotated_from: null,
        may_exceed_plan: byOperator && input.requests_per_minute !== null,
      };
      const judge = async (runner: Runner) => {
        assertWithin(await reachOf(organizationId, actor, runner), asked);
        if (!byOperator) await assertRoom(organizationId, bounds.allowance, runner);
      };
      await judge(pool);
      await countAttempt(organizationId, actor, input.livemode);
      return inTransaction(pool, async (client) => {
        await store.takeTurn(client, organizationId);
        await judge(client);
        const created = await insert(client, organizationId, actor, asked);
        const details = { name: created.name, prefix: created.prefix, scopes: created.scopes };
        await audit(client, { ...entry(organizationId, actor, 'api_key.created', created.id), details });
        return created;
      });
    },

    async list(organizationId, { limit, cursor }) {
      const rows = await store.list(organizationId, limit + 1, cursor === undefined ? null : decodeKeyCursor(cursor));
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const more = rows.length > limit && last !== undefined;
      return {
        data: page.map(view),
        next_cursor: more ? encodeKeyCursor({ createdAt: last.position, id: last.id }) : null,
      };
    },

    countHeld: (organizationId) => store.countHeld(organizationId, clock.now(), pool),

    async get(organizationId, id) {
      const row = await store.find(organizationId, id);
      if (!row) throw missing();
      return view(row);
    },

    revoke: (organizationId, actor, id) =>
      inTransaction(pool, async (client) => {
        await store.takeTurn(client, organizationId);
        const key = await store.find(organizationId, id, client);
        if (!key) throw missing();
        assertMayEnd(await reachOf(organizationId, actor, client), key);
        const revoked = await store.revoke(client, organizationId, id);
        if (!revoked) return view(key);
        const details = { name: revoked.name, prefix: revoked.prefix };
        await audit(client, { ...entry(organizationId, actor, 'api_key.revoked', id), details });
        return view(revoked);
      }),

    async rotate(organizationId, actor, id, overlapSeconds) {
      const { livemode } = await replaceable(organizationId, actor, id, pool);
      await countAttempt(organizationId, actor, livemode);
      return inTransaction(pool, async (client) => {
        await store.takeTurn(client, organizationId);
        const key = await replaceable(organizationId, actor, id, client);
        const created = await insert(client, organizationId, actor, { ...key, rotated_from: key.id });
        if (key.rotated_from !== null) await store.revoke(client, organizationId, key.rotated_from);
        if (overlapSeconds === 0) await store.revoke(client, organizationId, id);
        else {
          const end = new Date(clock.now().getTime() + overlapSeconds * 1000);
          await store.expireBy(client, organizationId, id, end);
        }
        const details = { successor: created.id, overlap_seconds: overlapSeconds };
        await audit(client, { ...entry(organizationId, actor, 'api_key.rotated', id), details });
        return created;
      });
    },
  };
}

/** @throws AppError forbidden if the key would reach further than the one by which it is managed; null reaches all. */
function assertWithin(held: KeyReach | null, asked: KeyReach): void {
  const issues = held ? reachBeyond(held, asked) : [];
  if (issues.length === 0) return;
  const words = issues.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new AppError('forbidden', `A key makes no key that reaches further than itself. ${words}.`, { issues });
}

function assertMayEnd(held: KeyReach | null, key: ApiKeyRow): void {
  const issues = held ? reachBeyond(held, key).filter(({ field }) => field === 'scopes' || field === 'livemode') : [];
  if (issues.length === 0) return;
  throw new AppError('forbidden', 'A key ends only keys whose mode and scopes it has itself.', { issues });
}

function expiryOf(text: string | null, now: Date): Date | null {
  if (text === null) return null;
  const expiresAt = new Date(text);
  if (expiresAt > now) return expiresAt;
  const issue = { field: 'expires_at', message: `expected an instant to come, received ${text}` };
  throw new AppError('invalid_request', `${issue.field}: ${issue.message}`, { issues: [issue] });
}

function assertWithinPlan(asked: number | null, max: number | null): void {
  if (asked === null || max === null || asked <= max) return;
  const issue = {
    field: 'requests_per_minute',
    message: `expected at most ${max}, as the plan allows, received ${asked}`,
  };
  throw new AppError('invalid_request', `${issue.field}: ${issue.message}`, { issues: [issue] });
}
