import { type AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { type RequestContext, type RouteHandler } from './handler';
import { isNextInterrupt } from './next-interrupt';
import { problemResponse, statusOf, toAppError } from './problem';
import { REQUEST_ID_HEADER, requestIdFrom } from './request-id';
import { type Services } from './services';
import { withHeaders } from './with-headers';

/** What a log line says of a request. */
interface RequestLine {
  method: string;
  url: string;
}

/** Writes the causes of 5xx answers to the log; the caller sees only the request id. */
export function logFailure(log: Services['log'], error: AppError, request: RequestLine, requestId: string): void {
  if (statusOf(error.code) < 500) return;
  log.error(
    { err: error.cause ?? error, code: error.code, requestId, method: request.method, path: pathOf(request) },
    error.message,
  );
}

// Queries may carry what must not stand in a log.
const pathOf = (request: RequestLine): string => request.url.split('?', 1)[0]!;

/**
 * The outermost ring of every route: a request id in and out, and a problem document for whatever is thrown, but for what
 * redirect(), notFound() and their like throw: that is for Next.
 * @param services the container's function; called per request, so that a build needs no environment.
 */
export function handle(
  services: () => Services,
  work: (request: Request, context: RequestContext) => Promise<Response>,
): RouteHandler {
  return async (request, { params }) => {
    const arrivedAtMs = performance.now();
    const ownId = newId();
    const requestId = requestIdFrom(request.headers.get(REQUEST_ID_HEADER), ownId);
    try {
      const response = await work(request, {
        services: services(),
        params: (await params) ?? {},
        requestId,
        ownId,
        arrivedAtMs,
      });
      const isNamed = response.headers.get(REQUEST_ID_HEADER) === requestId;
      return isNamed ? response : withHeaders(response, [REQUEST_ID_HEADER, requestId]);
    } catch (thrown) {
      if (isNextInterrupt(thrown)) throw thrown;
      const error = toAppError(thrown);
      logFailure(services().log, error, request, requestId);
      return problemResponse(error, requestId);
    }
  };
}
