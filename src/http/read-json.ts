import { type z } from 'zod';
import { AppError, type FieldIssue } from '@/kernel/errors';
import { findUnkeptText } from '@/kernel/unkept-text';
import { isJson, isUtf8, parseMediaType } from '@/kernel/media-type';

/** Largest JSON body of a route that does not say otherwise, in bytes. */
const DEFAULT_LIMIT_BYTES = 64 * 1024;
const NOT_UTF8 = 'holds bytes that are not UTF-8';

interface ReadJsonOptions {
  /** Bytes accepted at most; a longer body is refused as soon as the limit is passed, not after it was read. */
  limitBytes?: number;
}

/**
 * The body of a request, read, parsed and checked.
 * @throws AppError unsupported_media_type, payload_too_large, invalid_json, or invalid_request with one issue per field.
 */
export async function readJson<S extends z.ZodType>(
  request: Request,
  schema: S,
  { limitBytes = DEFAULT_LIMIT_BYTES }: ReadJsonOptions = {},
): Promise<z.output<S>> {
  return checkInput(schema, await readJsonValue(request, limitBytes), 'body');
}

/** The body as JSON, unchecked. Same errors as {@link readJson} but invalid_request. */
export async function readJsonValue(request: Request, limitBytes: number): Promise<unknown> {
  const contentType = request.headers.get('content-type') ?? '';
  const type = parseMediaType(contentType);
  if (!type || !isJson(type)) {
    throw new AppError(
      'unsupported_media_type',
      `Expected application/json, received ${contentType || 'no content type'}.`,
    );
  }
  if (!isUtf8(type)) {
    const message = `expected UTF-8, which JSON is, received ${type.charset}`;
    throw new AppError('unsupported_media_type', `charset: ${message}`, { issues: [{ field: 'charset', message }] });
  }
  const text = await readText(request, limitBytes);
  return parseJson(text);
}

/** @throws AppError invalid_json */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const detail = text === '' ? 'The body is empty.' : `The body is not valid JSON: ${(cause as Error).message}`;
    throw new AppError('invalid_json', detail, { cause });
  }
}

/**
 * The query of a URL, checked. A name that occurs once is a string, one that is repeated an array.
 * @throws AppError invalid_request with one issue per field.
 */
export function readQuery<S extends z.ZodType>(url: string | URL, schema: S): z.output<S> {
  const { search, searchParams } = typeof url === 'string' ? new URL(url) : url;
  refuseBrokenEscapes(search);
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(searchParams.keys())) {
    const values = searchParams.getAll(name);
    query[name] = values.length === 1 ? values[0]! : values;
  }
  return checkInput(schema, query, 'query');
}

/** URLSearchParams reads what is not UTF-8 as replacement characters, so that two values could become one. */
function refuseBrokenEscapes(search: string): void {
  if (!search.includes('%')) return;
  for (const part of search.slice(1).split('&')) {
    const [name, value] = part.split(/=(.*)/s, 2).map((text) => text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
    try {
      decodeURIComponent(name!);
      decodeURIComponent(value ?? '');
    } catch (cause) {
      const field = new URLSearchParams(name).keys().next().value ?? 'query';
      const issues = [{ field, message: NOT_UTF8 }];
      throw new AppError('invalid_encoding', `${field}: ${NOT_UTF8}`, { cause, issues });
    }
  }
}

/** @throws AppError invalid_request naming each wrong field, what was expected and what came. */
export function checkInput<S extends z.ZodType>(
  schema: S,
  input: unknown,
  place: 'body' | 'query' | 'path' | 'header',
): z.output<S> {
  const result = schema.safeParse(input, { reportInput: true });
  const unkept = result.success ? findUnkeptText(input) : null;
  if (result.success && unkept === null) return result.data;
  const issues =
    unkept === null
      ? result.error!.issues.map((issue) => toFieldIssue(issue, place))
      : [{ field: unkept.join('.') || place, message: 'holds NUL, or half of a character, which is no text' }];
  throw new AppError('invalid_request', issues.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    issues,
  });
}

function toFieldIssue(issue: z.core.$ZodIssue, place: string): FieldIssue {
  const field = issue.path.length > 0 ? issue.path.map(String).join('.') : place;
  if (issue.code === 'unrecognized_keys') return { field, message: issue.message };
  const expected = issue.code === 'invalid_type' ? `expected ${issue.expected}` : issue.message;
  if (SECRET_FIELD.test(field)) return { field, message: expected };
  return { field, message: `${expected}, received ${describe(issue.input)}` };
}

/** Their values appear in no message: messages are logged and shown. */
const SECRET_FIELD = /password|token|secret/i;

/** A value as a caller recognises it: short, and never a whole document. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The body as text. @throws AppError payload_too_large, invalid_encoding for what is not UTF-8 */
export async function readText(request: Request, limitBytes: number): Promise<string> {
  return decodeUtf8(await readBytes(request, limitBytes));
}

/** The body as it came. @throws AppError payload_too_large */
export async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new AppError('payload_too_large', `The body may have ${limitBytes} bytes at most. Send less at once.`);
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw tooLarge();
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the stream, so that nothing more is read from the caller.
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** @throws AppError invalid_encoding */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const issues = [{ field: 'body', message: NOT_UTF8 }];
    throw new AppError('invalid_encoding', `body: ${NOT_UTF8}`, { cause, issues });
  }
}
