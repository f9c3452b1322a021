import { z } from 'zod';
import { AppError } from '@/kernel/errors';

const cursorParts = z.tuple([z.iso.datetime({ precision: 6 }), z.uuid()]);

/** The last invoice of a page. */
interface ListPosition {
  /** With microseconds. */
  periodStart: string;
  id: string;
}

export const encodeCursor = ({ periodStart, id }: ListPosition): string =>
  Buffer.from(JSON.stringify([periodStart, id])).toString('base64url');

/** @throws AppError invalid_request for anything {@link encodeCursor} did not make. */
export function decodeCursor(cursor: string): ListPosition {
  try {
    const [periodStart, id] = cursorParts.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { periodStart, id };
  } catch (cause) {
    const issue = { field: 'cursor', message: 'expected the next_cursor of an earlier page' };
    throw new AppError('invalid_request', `cursor: ${issue.message}`, { cause, issues: [issue] });
  }
}
