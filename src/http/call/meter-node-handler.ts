import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApiKeyVerifier } from '@/keys';
import { type Clock } from '@/kernel/clock';
import { newId } from '@/kernel/ids';
import { type QuotaGate } from '@/quotas';
import { type RateLimiter } from '@/rates';
import { admitCall, type Admission } from './admit-call';
import { admitKey } from './admit-key';
import { type Quota } from './call-quota';
import { type ClientReader } from '../origin/client-reader';
import { type HeaderReader } from '../credentials';
import { logFailure } from '../handle';
import { fixedQuantities, type FixedMetrics, type Meter } from './meter';
import { NodeExchange, sendProblem, type NodeProblem } from './meter-node-response';
import { EVENT_ID_HEADER, MeteredCall, type UsageRecorder } from './metered-call';
import { type RequestContext } from '../handler';
import { type ApiKeyPrincipal } from '../principal';
import { problemDocument, toAppError } from '../problem';
import { REQUEST_ID_HEADER, requestIdFrom } from '../request-id';
import { type Services } from '../services';

interface NodeCallContext {
  principal: ApiKeyPrincipal;
  meter: Meter;
  quota: Quota;
  requestId: string;
}
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  context: NodeCallContext,
) => void | Promise<void>;

interface NodeMeteringOptions {
  services: {
    apiKeyVerifier: ApiKeyVerifier;
    usageTracker: UsageRecorder;
    quotaGate: QuotaGate;
    rateLimiter: RateLimiter;
    clock: Clock;
    log: Services['log'];
    originOf: ClientReader;
    metricCatalogue: Services['metricCatalogue'];
    env: { APP_URL: string };
  };
  /** Template of the route, or a function that finds it: node:http knows no routes. */
  route: string | ((request: IncomingMessage) => string | null);
  scope?: string;
  metrics?: FixedMetrics;
}

/** Headers by name; our own peer counts as the last proxy, as it does for the Next server. */
function headerReader(request: IncomingMessage): HeaderReader {
  const { headers } = request;
  return (name) => {
    const value = headers[name];
    const text = typeof value === 'string' ? value : value?.join(', ');
    if (name !== 'x-forwarded-for') return text;
    const peer = request.socket.remoteAddress ?? '';
    return text ? `${text}, ${peer}` : peer;
  };
}

/**
 * withApiKey for a plain node:http server, with the same promises. The peer's address is taken from the socket, and
 * from X-Forwarded-For only as far as TRUSTED_PROXY_HOPS goes.
 *
 * The handler's last bytes leave when the event is kept. Until then a short answer can still become a problem document;
 * one that has begun to leave is broken off.
 */
export function meterNodeHandler(
  handler: NodeHandler,
  { services, route, scope, metrics }: NodeMeteringOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { apiKeyVerifier, usageTracker, quotaGate, clock, log, originOf, metricCatalogue, env } = services;
  const fixed = fixedQuantities(metrics);

  function begin(
    request: IncomingMessage,
    response: ServerResponse,
    { requestId, ownId, arrivedAtMs }: Pick<RequestContext, 'requestId' | 'ownId' | 'arrivedAtMs'>,
    origin: ReturnType<ClientReader>,
    principal: ApiKeyPrincipal,
  ): void | Promise<void> {
    const { organizationId, livemode, apiKeyId } = principal;
    const facts = {
      eventId: ownId,
      organizationId,
      livemode,
      apiKeyId,
      route: typeof route === 'string' ? route : route(request),
      method: request.method ?? 'GET',
      userAgent: request.headers['user-agent'],
      origin,
      occurredAtMs: clock.now().getTime(),
      arrivedAtMs,
    };
    const call = new MeteredCall(usageTracker, quotaGate, facts, fixed, metricCatalogue.isKnown, env.APP_URL);
    const admitted = admitCall(services, principal, fixed, facts.occurredAtMs);
    if (!(admitted instanceof Promise)) return run(request, response, requestId, principal, call, admitted);
    return admitted.then((admission) => run(request, response, requestId, principal, call, admission));
  }

  function run(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    principal: ApiKeyPrincipal,
    call: MeteredCall,
    { leases, headers }: Admission,
  ): void {
    call.quota.keep(leases);
    // Who has left while the quota was asked for gets no call made, and pays for none.
    if (response.destroyed) return call.withdraw();
    headers.push(REQUEST_ID_HEADER, requestId, EVENT_ID_HEADER, call.eventId);
    const exchange = new NodeExchange(request, response, { call, ownHeaders: headers, requestId, problemOf });
    try {
      const result = handler(request, response, { principal, meter: call.meter, quota: call.quota, requestId });
      if (result instanceof Promise) result.catch((thrown: unknown) => exchange.fail(thrown));
    } catch (thrown) {
      exchange.fail(thrown);
    }
  }

  function problemOf(request: IncomingMessage, requestId: string, thrown: unknown): NodeProblem {
    const error = toAppError(thrown);
    logFailure(log, error, { method: request.method ?? '', url: request.url ?? '' }, requestId);
    return { ...problemDocument(error, requestId), code: error.code };
  }

  return (request, response) => {
    const arrivedAtMs = performance.now();
    const header = headerReader(request);
    const ownId = newId();
    const requestId = requestIdFrom(header(REQUEST_ID_HEADER), ownId);
    const arrival = { requestId, ownId, arrivedAtMs };
    const refuse = (thrown: unknown) => sendProblem(response, problemOf(request, requestId, thrown));
    try {
      const origin = originOf(header);
      const admitted = admitKey(apiKeyVerifier, header, origin, scope);
      const begun =
        admitted instanceof Promise
          ? admitted.then((principal) => begin(request, response, arrival, origin, principal))
          : begin(request, response, arrival, origin, admitted);
      if (begun instanceof Promise) begun.catch(refuse);
    } catch (thrown) {
      refuse(thrown);
    }
  };
}
