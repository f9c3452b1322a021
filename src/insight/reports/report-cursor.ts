import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { type ReportPosition } from './report-store';

const parts = z.tuple([z.iso.datetime(), z.uuid()]);

export const encodeReportCursor = ({ createdAt, id }: ReportPosition): string =>
  Buffer.from(JSON.stringify([createdAt, id])).toString('base64url');

/** @throws AppError invalid_request for anything {@link encodeReportCursor} did not make. */
export function decodeReportCursor(cursor: string): ReportPosition {
  try {
    const [createdAt, id] = parts.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return { createdAt, id };
  } catch (cause) {
    const issue = { field: 'cursor', message: 'expected the next_cursor of an earlier page' };
    throw new AppError('invalid_request', `cursor: ${issue.message}`, { cause, issues: [issue] });
  }
}
