import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { generateApiKey, hashApiKey, parseApiKey } from './api-key-format';
import { type ApiKeyRow, type ApiKeyStore } from './api-key-store';
import { apiKeyView, decodeCursor, encodeCursor } from './api-key-view';
import { type ApiKeyView, type CreateApiKeyInput } from './contracts';
import { normaliseIpRanges } from './ip-ranges';
import { coversScopes } from './scopes';

/** Who manages keys: a person, or a program by means of a key of its own. */
export type KeyActor =
  { kind: 'user'; id: string } | { kind: 'api_key'; id: string; scopes: readonly string[]; livemode: boolean };

export interface KeyAuditEntry {
  organizationId: string;
  actor: { kind: 'user' | 'api_key'; id: string };
  action: 'api_key.created' | 'api_key.revoked' | 'api_key.rotated';
  /** Id of the key. */
  target: string;
  details: Record<string, unknown>;
}

/** Writes to the audit log in the transaction of the change, so that there is no change without its entry. */
type KeyAudit = (client: PoolClient, entry: KeyAuditEntry) => Promise<void>;

type CreatedApiKey = ApiKeyView & { secret: string };

/** What the key may be given. */
interface KeyBounds {
  /** The plan's rate limit, which a customer may lower for a key; null for an operator, who may also raise it. */
  maxRequestsPerMinute: number | null;
}

export interface ApiKeyService {
  /**
   * @throws AppError invalid_request for wrong IP ranges, an expiry in the past or a rate limit above `bounds`; forbidden
   *   beyond the actor's scopes.
   */
  create(organizationId: string, actor: KeyActor, input: CreateApiKeyInput, bounds: KeyBounds): Promise<CreatedApiKey>;
  /** Newest first. @param limit 1–100. @throws AppError invalid_request for a cursor that is not ours. */
  list(
    organizationId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ data: ApiKeyView[]; next_cursor: string | null }>;
  /** @throws AppError not_found */
  get(organizationId: string, id: string): Promise<ApiKeyView>;
  /** Ends a key in every process within a second. Revoking again changes nothing. @throws AppError not_found, forbidden */
  revoke(organizationId: string, actor: KeyActor, id: string): Promise<ApiKeyView>;
  /**
   * Replaces a key by a new one with the same name, mode, scopes, ranges, expiry and rate limit. The old one goes on for
   * `overlapSeconds` (0–604 800) or ends at once.
   * @throws AppError not_found, forbidden; conflict if the key is not active or was rotated before.
   */
  rotate(organizationId: string, actor: KeyActor, id: string, overlapSeconds: number): Promise<CreatedApiKey>;
}

interface Dependencies {
  pool: Pool;
  store: ApiKeyStore;
  clock: Clock;
  audit: KeyAudit;
}

export function createApiKeyService({ pool, store, clock, audit }: Dependencies): ApiKeyService {
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

  return {
    async create(organizationId, actor, input, { maxRequestsPerMinute }) {
      assertWithinReach(actor, input);
      assertWithinPlan(input.requests_per_minute, maxRequestsPerMinute);
      const expiresAt = input.expires_at === null ? null : new Date(input.expires_at);
      if (expiresAt && expiresAt <= clock.now()) {
        const issue = { field: 'expires_at', message: `expected an instant to come, received ${input.expires_at}` };
        throw new AppError('invalid_request', `${issue.field}: ${issue.message}`, { issues: [issue] });
      }
      const allowedIps = normaliseIpRanges(input.allowed_ips);
      return inTransaction(pool, async (client) => {
        const created = await insert(client, organizationId, actor, {
          ...input,
          allowed_ips: allowedIps,
          expires_at: expiresAt,
          rotated_from: null,
          may_exceed_plan: maxRequestsPerMinute === null && input.requests_per_minute !== null,
        });
        const details = { name: created.name, prefix: created.prefix, scopes: created.scopes };
        await audit(client, { ...entry(organizationId, actor, 'api_key.created', created.id), details });
        return created;
      });
    },

    async list(organizationId, { limit, cursor }) {
      const rows = await store.list(organizationId, limit + 1, cursor === undefined ? null : decodeCursor(cursor));
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const more = rows.length > limit && last !== undefined;
      return {
        data: page.map(view),
        next_cursor: more ? encodeCursor({ createdAt: last.position, id: last.id }) : null,
      };
    },

    async get(organizationId, id) {
      const row = await store.find(organizationId, id);
      if (!row) throw missing();
      return view(row);
    },

    revoke: (organizationId, actor, id) =>
      inTransaction(pool, async (client) => {
        const found = await store.findForUpdate(client, organizationId, id);
        if (!found) throw missing();
        assertWithinReach(actor, found.key);
        const revoked = await store.revoke(client, organizationId, id);
        if (!revoked) return view(found.key);
        const details = { name: revoked.name, prefix: revoked.prefix };
        await audit(client, { ...entry(organizationId, actor, 'api_key.revoked', id), details });
        return view(revoked);
      }),

    rotate: (organizationId, actor, id, overlapSeconds) =>
      inTransaction(pool, async (client) => {
        const found = await store.findForUpdate(client, organizationId, id);
        if (!found) throw missing();
        const { key, successor } = found;
        assertWithinReach(actor, key);
        const { status } = view(key);
        if (status !== 'active') throw new AppError('conflict', `The key is ${status}; create a new one instead.`);
        if (successor) throw new AppError('conflict', `The key was replaced by ${successor.id}; rotate that one.`);
        const created = await insert(client, organizationId, actor, { ...key, rotated_from: key.id });
        if (overlapSeconds === 0) await store.revoke(client, organizationId, id);
        else {
          const end = new Date(clock.now().getTime() + overlapSeconds * 1000);
          await store.expireBy(client, organizationId, id, end);
        }
        const details = { successor: created.id, overlap_seconds: overlapSeconds };
        await audit(client, { ...entry(organizationId, actor, 'api_key.rotated', id), details });
        return created;
      }),
  };
}

/** A key that manages keys reaches no further than itself: else one with keys:write could make itself one with all. */
function assertWithinReach(actor: KeyActor, key: { scopes: string[]; livemode: boolean }): void {
  if (actor.kind === 'user') return;
  if (key.livemode && !actor.livemode) throw new AppError('forbidden', 'A test key cannot manage live keys.');
  if (!coversScopes(actor.scopes, key.scopes)) {
    throw new AppError('forbidden', 'A key can only manage keys whose scopes it holds itself.');
  }
}

function assertWithinPlan(asked: number | null, max: number | null): void {
  if (asked === null || max === null || asked <= max) return;
  const issue = {
    field: 'requests_per_minute',
    message: `expected at most ${max}, as the plan allows, received ${asked}`,
  };
  throw new AppError('invalid_request', `${issue.field}: ${issue.message}`, { issues: [issue] });
}
