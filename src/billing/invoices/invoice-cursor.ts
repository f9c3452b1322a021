import { z } from 'zod';
import { decodeCursor, encodeCursor } from '@/kernel/list-cursor';

/** The last invoice of a page. */
interface ListPosition {
  /** With microseconds. */
  periodStart: string;
  id: string;
}

const position = z.tuple([z.iso.datetime({ precision: 6 }), z.uuid()]);

export const encodeInvoiceCursor = ({ periodStart, id }: ListPosition): string => encodeCursor([periodStart, id]);

/** @throws AppError invalid_request for anything {@link encodeInvoiceCursor} did not make. */
export function decodeInvoiceCursor(cursor: string): ListPosition {
  const [periodStart, id] = decodeCursor(cursor, position);
  return { periodStart, id };
}
