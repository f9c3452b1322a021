import { type z } from 'zod';
import { type ErrorCode } from '@/kernel/errors';

/** Who may call: anyone, a person (session or access token), a platform admin (the same), a program (API key), or either. */
export type Access = 'public' | 'person' | 'admin' | 'key' | 'key_or_person';
type Method = 'get' | 'post' | 'patch' | 'put' | 'delete';

/** One operation, in the terms of this API; everything that repeats is added by describeOperation. */
export interface Operation {
  path: `/api/${string}`;
  method: Method;
  /** Unique; generators of clients make it a function's name. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  /** What a key needs. */
  scope?: string;
  pathParams?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  /** Content types of the body and their schemas; `example` is what the sample sends. */
  body?: { content: Record<string, z.ZodType>; example: unknown };
  answer: { status: number; says: string; content?: Record<string, z.ZodType> };
  /** Beside those that follow from access, body and parameters. */
  errors?: ErrorCode[];
}
