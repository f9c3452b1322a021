import { z } from 'zod';
import { decodeCursor, encodeCursor } from '@/kernel/list-cursor';
import { type ReportPosition } from './report-store';

const position = z.tuple([z.iso.datetime(), z.uuid()]);

export const encodeReportCursor = ({ createdAt, id }: ReportPosition): string => encodeCursor([createdAt, id]);

/** @throws AppError invalid_request for anything {@link encodeReportCursor} did not make. */
export function decodeReportCursor(cursor: string): ReportPosition {
  const [createdAt, id] = decodeCursor(cursor, position);
  return { createdAt, id };
}
