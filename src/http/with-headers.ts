import { BufferedResponse, type Bytes } from './call/buffered-response';
import { type HeaderList } from './header-list';

/**
 * The response with headers on it. Always another object: the one given is the handler's, which may keep it for all its calls, or
 * that of fetch(), whose headers cannot be changed.
 */
export const withHeaders = (response: Response, headers: HeaderList): Response =>
  responseOf(response.body, response, headers);

/** A body under the status and headers of a response, with ours in place of those of the same name. */
export function responseOf(body: Bytes | ReadableStream<Bytes> | null, like: Response, headers: HeaderList): Response {
  const response = body instanceof Uint8Array ? new BufferedResponse(body, like) : new Response(body, like);
  for (let n = 0; n < headers.length; n += 2) response.headers.set(headers[n]!, headers[n + 1]!);
  return response;
}
