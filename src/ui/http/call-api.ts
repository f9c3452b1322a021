import { z } from 'zod';
import { type FieldErrors, Problem } from './problem';

const problemDocument = z.object({
  detail: z.string().optional(),
  title: z.string().optional(),
  code: z.string().optional(),
  request_id: z.string().optional(),
  upgrade_url: z.string().optional(),
  checkout_url: z.string().nullish(),
  payment_url: z.string().nullish(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});

interface Call<S extends z.ZodType> {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  /** What the answer must look like. Without it the answer is not read. */
  answer?: S;
  signal?: AbortSignal;
}

/**
 * One call of the HTTP API on the page's own origin.
 * @throws Problem when the answer is a refusal, is not what was agreed, or never comes.
 */
export async function callApi<S extends z.ZodType>(path: string, call: Call<S> = {}): Promise<z.output<S>> {
  const response = await send(path, call);
  if (!response.ok) throw await problemOf(response);
  if (!call.answer) return undefined as z.output<S>;
  const parsed = call.answer.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new Problem('The server sent an answer this page does not understand. Reload the page.');
  return parsed.data;
}

async function send(path: string, { method = 'GET', body, signal }: Call<z.ZodType>): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
      cache: 'no-store',
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    throw new Problem('The server could not be reached. Check the connection and try again.');
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const document = problemDocument.safeParse(await response.json().catch(() => undefined)).data ?? {};
  const fields: Record<string, string> = {};
  // An issue inside a list belongs to the list's field: `scopes.2` is shown at `scopes`, `address.city` at its own.
  for (const { field, message } of document.errors ?? []) fields[field.replace(/\.\d+(\..*)?$/, '')] ??= message;
  const reference = response.status >= 500 && document.request_id ? ` (request ${document.request_id})` : '';
  const message = document.detail ?? document.title ?? `The server answered with status ${response.status}.`;
  return new Problem(message + reference, {
    status: response.status,
    code: document.code ?? 'unknown',
    fields: fields satisfies FieldErrors,
    issues: document.errors ?? [],
    isOfPlan: document.upgrade_url !== undefined,
    checkoutUrl: pageOf(document.checkout_url),
    paymentUrl: pageOf(document.payment_url),
  });
}

/** A page of the web; what is none, such as a script, is as if it were not there. */
const pageOf = (address: string | null | undefined): string | null =>
  z.url({ protocol: /^https?$/ }).safeParse(address).data ?? null;
