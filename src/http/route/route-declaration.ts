import { type z } from 'zod';
import { type Role } from '@/accounts/contracts';
import { type ErrorCode } from '@/kernel/errors';
import { type LimitedCall } from '../limit-calls';

/**
 * Who may call: anyone; a program by its key, metered and limited as every wrapped handler; a person (session cookie or access
 * token); either of the two, unmetered; a platform admin; the scheduler, whose routes stand in no document; Stripe, by its signature.
 */
export type Caller = 'anyone' | 'key' | 'person' | 'key_or_person' | 'admin' | 'scheduler' | 'stripe';

/** A JSON body that is checked before the handler runs, which gets what the schema makes of it. */
export interface CheckedBody {
  schema: z.ZodType;
  /** What the sample in the documentation sends. */
  example: unknown;
  /** Bytes accepted at most; 64 KB if absent. */
  limitBytes?: number;
}

/** A body that the handler reads and judges itself: by content type, what it may be. */
interface DescribedBody {
  content: Record<string, z.ZodType>;
  example: unknown;
}

/** What one route says of itself, once: the wrapper checks calls by it, and the OpenAPI document is made from it. */
export interface RouteDeclaration {
  /** Unique; generators of clients make it a function's name. */
  id: string;
  /** Under which heading it is documented. */
  tag: string;
  summary: string;
  description?: string;
  caller: Caller;
  /** What a key must be allowed, e.g. `usage:read`; any key will do if absent. */
  scope?: string;
  /** The least role of a person in the organization they act for; a member unless said otherwise. */
  minimumRole?: Role;
  /** What the plan must have, e.g. `export`. */
  feature?: string;
  /** What a call counts as that is not metered: reading or changing, by its method, unless said here. */
  limit?: LimitedCall;
  /** Segments of the path. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: CheckedBody | DescribedBody;
  /**
   * Whether an `Idempotency-Key` is honoured, as every creation does; `secret` where the answer shows what must not be stored.
   */
  idempotency?: 'answer' | 'secret';
  /** The answer to a call that goes well: JSON by `schema`, other content types by `content`, or no body. */
  answer: { status: number; says: string; schema?: z.ZodType; content?: Record<string, z.ZodType> };
  /** Codes beside those that follow from caller, body and parameters. */
  errors?: readonly ErrorCode[];
}

export const isChecked = (body: RouteDeclaration['body']): body is CheckedBody =>
  body !== undefined && 'schema' in body;
