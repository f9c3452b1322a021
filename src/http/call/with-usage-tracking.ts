import { type AppError } from '@/kernel/errors';
import { beginCall } from './begin-call';
import { type Quota } from './call-quota';
import { type RequestOrigin } from '../origin/client-reader';
import { logFailure } from '../handle';
import { type Handler, type RequestContext } from '../handler';
import { fixedQuantities, type FixedMetrics, type Meter } from './meter';
import { meterResponse, type ResponseEnd } from './meter-response';
import { CLIENT_CLOSED, METERED_CALL } from './metered-call';
import { interruptResponse, isNextInterrupt } from '../next-interrupt';
import { type Principal } from '../principal';
import { problemResponse, toAppError } from '../problem';
import { countRequestBytes } from './request-bytes';
import { createRouteTemplate, pathnameOf } from '../route-template';
import { responseOf } from '../with-headers';

type MeteredContext<P> = RequestContext & { principal: P; meter: Meter; quota: Quota };

/** A handler whose calls are counted and limited. */
export type MeteredHandler<P> = (request: Request, context: MeteredContext<P>) => Promise<Response>;

export interface UsageOptions {
  /** What every call costs, taken from the quota before the handler runs; `api_calls` is 1 unless it stands here. */
  metrics?: FixedMetrics;
  /** Template of the route, e.g. `/v1/documents/{id}`; found out from path and parameters if absent. */
  route?: string;
}

/**
 * Makes one usage event of every request that the plan allows, whatever becomes of it; the response ends when the event is
 * kept. Stands inside a wrapper that says who calls: `withSession(withUsageTracking(handler))`. Calls without a key are
 * live usage, held to the organization's rate limit.
 * @throws AppError of admitCall for a call that is not allowed, which reaches no handler and makes no event;
 *   usage_not_recorded in place of an answer whose event could not be kept.
 */
export function withUsageTracking<P extends Principal>(
  handler: MeteredHandler<P>,
  options: UsageOptions = {},
): Handler<P> {
  const track = createUsageTracking(handler, options);
  return (request, context) =>
    track(
      request,
      context,
      context.services.originOf((name) => request.headers.get(name)),
    );
}

/** The same for a wrapper that knows already where the request comes from. */
export function createUsageTracking<P extends Principal>(handler: MeteredHandler<P>, options: UsageOptions) {
  const fixed = fixedQuantities(options.metrics);
  const templateOf = createRouteTemplate();

  return async (given: Request, context: RequestContext & { principal: P }, origin: RequestOrigin) => {
    const { principal, services, params, requestId, ownId, arrivedAtMs } = context;
    const { log } = services;
    const { request, bytes } = countRequestBytes(given);
    const { method } = given;
    const route = options.route ?? templateOf(pathnameOf(given.url), params);
    const userAgent = given.headers.get('user-agent');
    const arrival = { ownId, requestId, route, method, userAgent, origin, arrivedAtMs };
    const { call, headers } = await beginCall(services, principal, arrival, fixed);

    let error: AppError | null = null;
    const refuse = (thrown: unknown): Response => {
      error = toAppError(thrown);
      logFailure(log, error, given, requestId);
      return problemResponse(error, requestId);
    };
    const onEnd = (end: ResponseEnd): Promise<void> => {
      if (end.failure !== undefined) logFailure(log, toAppError(end.failure), given, requestId);
      return call.end({
        status: end.status,
        requestBytes: bytes(),
        responseBytes: end.responseBytes,
        errorCode: error?.code ?? errorCodeOf(end),
      });
    };
    const metered = { bodyless: method === 'HEAD', signal: given.signal, onEnd };
    const send = async (answer: Response): Promise<Response> => {
      const body = await meterResponse(answer, metered);
      if (!call.ended) services.keepAlive?.(call.whenEnded());
      return responseOf(body, answer, call.withdrawn ? headers.slice(0, -2) : headers);
    };

    try {
      const answer = await handler(request, { ...context, meter: call.meter, quota: call.quota, [METERED_CALL]: call });
      return await send(assertResponse(answer));
    } catch (thrown) {
      // The handler threw, or its body broke before anything of it was sent; else recording failed.
      if (call.ended) throw thrown;
      if (!isNextInterrupt(thrown)) return send(refuse(thrown));
      await meterResponse(interruptResponse(thrown, given), metered);
      throw thrown;
    }
  };
}

/** @throws TypeError for what is none, or none that could be sent: Response.error() has no status. */
function assertResponse(answer: unknown): Response {
  if (answer instanceof Response && answer.status > 0) return answer;
  const kind = answer instanceof Response ? 'Response.error()' : answer === null ? 'null' : typeof answer;
  throw new TypeError(`a route handler returned ${kind} where a Response is expected`);
}

/** The code of a problem document that a handler returned rather than threw. */
function errorCodeOf({ status, body, failure }: ResponseEnd): string | null {
  if (failure !== undefined) return toAppError(failure).code;
  if (status === CLIENT_CLOSED) return 'client_closed';
  if (status < 400 || !body || body.byteLength > 4096) return null;
  try {
    const { code } = JSON.parse(Buffer.from(body).toString('utf8')) as { code?: unknown };
    return typeof code === 'string' ? code.slice(0, 64) : null;
  } catch {
    return null;
  }
}
