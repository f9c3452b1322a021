import { z } from 'zod';
import { oneLine } from '@/kernel/one-line';

/** What a key may do. A custom scope of the API's own is `area:action`, e.g. `summaries:write`. */
export const BUILT_IN_SCOPES = ['usage:read', 'usage:write', 'keys:read', 'keys:write'] as const;
const scope = z
  .string()
  .max(64)
  .regex(/^(\*|[a-z][a-z0-9_-]*:(\*|[a-z][a-z0-9_-]*))$/, 'expected area:action, e.g. usage:read');

/**
 * A secret key: tg_live_ or tg_test_, 30 characters of base62 from a CSPRNG, 6 characters of base62 CRC32 over all that
 * stands before them. Secret scanners can find a leaked one with this pattern.
 */
export const API_KEY_PATTERN = /^tg_(live|test)_[0-9A-Za-z]{36}$/;

export const apiKey = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().describe('tg_live_ or tg_test_ and the first four characters of the key'),
    last_four: z.string(),
    livemode: z.boolean(),
    scopes: z.array(z.string()),
    allowed_ips: z.array(z.string()),
    created_by: z.string().nullable(),
    created_at: z.string(),
    expires_at: z.string().nullable(),
    revoked_at: z.string().nullable(),
    rotated_from: z.string().nullable(),
    last_used_at: z.string().nullable(),
    requests_per_minute: z
      .int()
      .nullable()
      .describe('Rate limit of the key itself; null if it is held to that of the plan.'),
    status: z.enum(['active', 'expired', 'revoked']),
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyView = z.output<typeof apiKey>;

export const apiKeyList = z
  .object({ data: z.array(apiKey), next_cursor: z.string().nullable() })
  .meta({ id: 'ApiKeyList' });

export const apiKeyListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional().describe('next_cursor of the page before'),
});

/**
 * `allowed_ips` are CIDR ranges or single addresses, IPv4 or IPv6, checked and normalised by the service;
 * `requests_per_minute` is at most what the plan allows.
 */
export const createApiKeyInput = z
  .strictObject({
    name: oneLine(100),
    livemode: z.boolean().default(true),
    scopes: z
      .array(scope)
      .max(32)
      .default(['usage:read'])
      .describe(
        'usage:read if absent. Reporting usage (usage:write) is billed, so it has to be asked for; * is everything.',
      ),
    allowed_ips: z.array(z.string().min(1).max(64)).max(50).default([]),
    expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
    requests_per_minute: z.int().min(1).max(100_000_000).nullable().default(null),
  })
  .meta({ id: 'CreateApiKeyInput' });
export type CreateApiKeyInput = z.output<typeof createApiKeyInput>;

export const createdApiKey = apiKey
  .extend({ secret: z.string().describe('The key itself. It is shown this once.') })
  .meta({ id: 'CreatedApiKey' });

export const rotateApiKeyInput = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(604_800)
      .default(86_400)
      .describe('How long the old key goes on working, 0 s to 7 d.'),
  })
  .meta({ id: 'RotateApiKeyInput' });
