/** What node:http refuses at once, refused at once where the head is held back: with its own errors, as far as they are public. */
import { validateHeaderName, validateHeaderValue } from 'node:http';

/** @throws RangeError as ServerResponse does for what is no status. */
export function assertStatus(statusCode: unknown): void {
  const status = Number(statusCode) | 0;
  if (status >= 100 && status <= 999) return;
  throw Object.assign(new RangeError(`Invalid status code: ${String(statusCode)}`), {
    code: 'ERR_HTTP_INVALID_STATUS_CODE',
  });
}

/** @throws Error as ServerResponse does for a head after a head. */
export const headersSentError = (): Error =>
  Object.assign(new Error('Cannot write headers after they are sent to the client'), {
    code: 'ERR_HTTP_HEADERS_SENT',
  });

/** Headers by name as one list of names and values; those that are a list already, as they are. */
function headerListOf(given: object): readonly unknown[] {
  if (Array.isArray(given)) return given;
  const list: unknown[] = [];
  for (const name of Object.keys(given)) list.push(name, (given as Record<string, unknown>)[name]);
  return list;
}

/**
 * What was given to writeHead (status, reason, headers), checked, its headers as one list.
 * @throws RangeError, TypeError as writeHead would.
 */
export function checkedHead(args: unknown[]): unknown[] {
  assertStatus(args[0]);
  if (typeof args[1] === 'string') validateHeaderValue('statusMessage', args[1]);
  const given = args.at(-1);
  if (typeof given !== 'object' || given === null) return args;
  const list = headerListOf(given);
  for (let n = 0; n < list.length; n += 2) {
    const [name, value] = [list[n] as string, list[n + 1]];
    validateHeaderName(name);
    if (!Array.isArray(value)) validateHeaderValue(name, value as string);
    else for (const each of value as string[]) validateHeaderValue(name, each);
  }
  return [...args.slice(0, -1), list];
}

/** @throws TypeError as ServerResponse does for what is no part of a body. */
export function assertChunk(chunk: unknown): asserts chunk is string | Uint8Array {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return;
  throw Object.assign(new TypeError(`The chunk must be a string, a Buffer or a Uint8Array, not ${typeof chunk}`), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
}
