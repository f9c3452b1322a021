import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApiKeyVerifier } from '@/keys';
import { type Clock } from '@/kernel/clock';
import { admitKey } from './admit-key';
import { type ClientReader } from './client-reader';
import { type HeaderReader } from './credentials';
import { logFailure } from './handle';
import { fixedQuantities, type FixedMetrics, type Meter } from './meter';
import { meterNodeResponse, sendProblem, type NodeProblem } from './meter-node-response';
import { EVENT_ID_HEADER, MeteredCall, type UsageRecorder } from './metered-call';
import { type ApiKeyPrincipal } from './principal';
import { problemDocument, toAppError } from './problem';
import { REQUEST_ID_HEADER, requestIdFrom } from './request-id';
import { type Services } from './services';

interface NodeCallContext {
  principal: ApiKeyPrincipal;
  meter: Meter;
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
    clock: Clock;
    log: Services['log'];
    originOf: ClientReader;
    metricCatalogue: Services['metricCatalogue'];
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
  const { apiKeyVerifier, usageTracker, clock, log, originOf, metricCatalogue } = services;
  const fixed = fixedQuantities(metrics);

  function begin(
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    arrivedAtMs: number,
    origin: ReturnType<ClientReader>,
    principal: ApiKeyPrincipal,
  ): void {
    usageTracker.assertAccepting();
    const facts = {
      organizationId: principal.organizationId,
      apiKeyId: principal.apiKeyId,
      livemode: principal.livemode,
      route: typeof route === 'string' ? route : route(request),
      method: request.method ?? 'GET',
      userAgent: request.headers['user-agent'],
      origin,
      arrivedAtMs,
    };
    const call = new MeteredCall(usageTracker, clock, facts, fixed, metricCatalogue.isKnown);
    const ownHeaders = { [REQUEST_ID_HEADER]: requestId, [EVENT_ID_HEADER]: call.eventId };
    const fail = meterNodeResponse(request, response, call, ownHeaders, (thrown) =>
      problemOf(request, requestId, thrown),
    );
    try {
      const result = handler(request, response, { principal, meter: call.meter, requestId });
      if (result instanceof Promise) result.catch(fail);
    } catch (thrown) {
      fail(thrown);
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
    const requestId = requestIdFrom(header(REQUEST_ID_HEADER));
    try {
      const origin = originOf(header);
      const admitted = admitKey(apiKeyVerifier, header, origin, scope);
      if (admitted instanceof Promise) {
        admitted
          .then((principal) => begin(request, response, requestId, arrivedAtMs, origin, principal))
          .catch((thrown: unknown) => sendProblem(response, problemOf(request, requestId, thrown)));
      } else begin(request, response, requestId, arrivedAtMs, origin, admitted);
    } catch (thrown) {
      sendProblem(response, problemOf(request, requestId, thrown));
    }
  };
}
