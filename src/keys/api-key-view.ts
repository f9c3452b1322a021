import { z } from 'zod';
import { AppError } from '@/kernel/errors';
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

const cursorParts = z.tuple([z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/), z.uuid()]);

export const encodeCursor = ({ createdAt, id }: ListPosition): string =>
  Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');

/** @throws AppError invalid_request for anything {@link encodeCursor} did not make. */
export function decodeCursor(cursor: string): ListPosition {
  try {
    const [createdAt, id] = cursorParts.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { createdAt, id };
  } catch (cause) {
    const issue = { field: 'cursor', message: 'expected the next_cursor of an earlier page' };
    throw new AppError('invalid_request', `cursor: ${issue.message}`, { cause, issues: [issue] });
  }
}
