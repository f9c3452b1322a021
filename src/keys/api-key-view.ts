import { z } from 'zod';
import { decodeCursor, encodeCursor } from '@/kernel/list-cursor';
import { type ApiKeyRow, type ListPosition } from './api-key-store';
import { type ApiKeyView } from './contracts';

/** A key as callers see it at this instant. */
export function apiKeyView(row: ApiKeyRow, now: Date): ApiKeyView {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    last_four: row.last_four,
    livemode: row.livemode,
    scopes: row.scopes,
    allowed_ips: row.allowed_ips,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
    rotated_from: row.rotated_from,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    requests_per_minute: row.requests_per_minute,
    status: row.revoked_at ? 'revoked' : row.expires_at && row.expires_at <= now ? 'expired' : 'active',
  };
}

const position = z.tuple([z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/), z.uuid()]);

export const encodeKeyCursor = ({ createdAt, id }: ListPosition): string => encodeCursor([createdAt, id]);

/** @throws AppError invalid_request for anything {@link encodeKeyCursor} did not make. */
export function decodeKeyCursor(cursor: string): ListPosition {
  const [createdAt, id] = decodeCursor(cursor, position);
  return { createdAt, id };
}
