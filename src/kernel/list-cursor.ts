import { type z } from 'zod';
import { AppError } from './errors';

/** Where a list goes on: what its last entry is ordered by, as a text that nobody needs to understand. */
export const encodeCursor = (position: readonly string[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** @throws AppError invalid_request for anything {@link encodeCursor} did not make of such a position. */
export function decodeCursor<T>(cursor: string, position: z.ZodType<T>): T {
  try {
    return position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch (cause) {
    const issue = { field: 'cursor', message: 'expected the next_cursor of an earlier page' };
    throw new AppError('invalid_request', `cursor: ${issue.message}`, { cause, issues: [issue] });
  }
}
