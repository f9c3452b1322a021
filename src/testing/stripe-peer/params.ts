import { z } from 'zod';
import { type FormObject } from './form-body';
import { type StripePeerError, invalidRequest } from './stripe-error';

/** A whole number, as a form carries it. */
export const int = z
  .string()
  .regex(/^-?\d{1,15}$/, 'Invalid integer')
  .transform(Number);

export const bool = z.enum(['true', 'false']).transform((value) => value === 'true');

export const text = z.string().max(5000);

/** ISO 4217 in small letters. Stripe takes capitals too and answers in small letters. */
export const currency = z
  .string()
  .regex(/^[a-zA-Z]{3}$/, 'Invalid currency')
  .transform((code) => code.toLowerCase());

/** At most 50 names of 40 characters with values of 500; an empty value takes the name away, '' takes all. */
export const metadata = z.union([
  z.literal(''),
  z
    .record(z.string().max(40), z.string().max(500))
    .refine((names) => Object.keys(names).length <= 50, 'Metadata can have up to 50 keys'),
]);

export const period = z.strictObject({ start: int, end: int }).refine(({ start, end }) => start <= end, {
  message: 'The end must not be before the start',
});

export const range = z.union([
  int,
  z.strictObject({ gt: int.optional(), gte: int.optional(), lt: int.optional(), lte: int.optional() }),
]);

/** Of every list: newest first, at most `limit` (1 to 100, 10 unless told). */
export const paging = {
  limit: int.refine((limit) => limit >= 1 && limit <= 100, 'Invalid limit: 1 to 100').optional(),
  starting_after: text.optional(),
  ending_before: text.optional(),
};

/**
 * Parameters of one call. The compiler refuses names that the SDK's own type `P` does not have; the peer refuses
 * whatever is not in the shape, also what Stripe would take and the peer does not know how to do.
 */
export function paramsOf<P>() {
  return <S extends z.core.$ZodLooseShape>(shape: S & Record<Exclude<keyof S, keyof P>, never>) =>
    z.strictObject(shape);
}

/** @throws StripePeerError 400, in Stripe's words, naming the first parameter that does not fit */
export function checkParams<S extends z.ZodType>(schema: S, form: FormObject): z.output<S> {
  const result = schema.safeParse(form);
  if (result.success) return result.data;
  throw asStripeError(result.error.issues[0]!, form);
}

function asStripeError(issue: z.core.$ZodIssue, form: FormObject): StripePeerError {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inner = issue.errors.at(-1)?.[0];
    if (inner !== undefined) return asStripeError({ ...inner, path: [...issue.path, ...inner.path] }, form);
  }
  const param = bracketed(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const unknown = bracketed([...issue.path, issue.keys[0] ?? '']);
    return invalidRequest(`Received unknown parameter: ${unknown}`, 'parameter_unknown', unknown);
  }
  if (valueAt(form, issue.path) === undefined) {
    return invalidRequest(`Missing required param: ${param}.`, 'parameter_missing', param);
  }
  const code = issue.message === 'Invalid integer' ? 'parameter_invalid_integer' : undefined;
  return invalidRequest(`Invalid ${param}: ${issue.message}`, code, param);
}

function bracketed(path: PropertyKey[]): string {
  return path.map((part, at) => (at === 0 ? String(part) : `[${String(part)}]`)).join('');
}

function valueAt(form: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<PropertyKey, unknown> | undefined)?.[part], form);
}
