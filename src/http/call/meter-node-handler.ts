import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApiKeyVerifier } from '@/keys';
import { newId } from '@/kernel/ids';
import { admitKey } from './admit-key';
import { beginCall, type CallServices } from './begin-call';
import { type Quota } from './call-quota';
import { type ClientReader } from '../origin/client-reader';
import { type HeaderReader } from '../credentials';
import { logFailure } from '../handle';
import { fixedQuantities, type FixedMetrics, type Meter } from './meter';
import { NodeExchange, sendProblem, type NodeProblem } from './meter-node-response';
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
  services: CallServices & {
    apiKeyVerifier: ApiKeyVerifier;
    log: Services['log'];
    originOf: ClientReader;
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
  const { apiKeyVerifier, log, originOf } = services;
  const fixed = fixedQuantities(metrics);

  function problemOf(request: IncomingMessage, requestId: string, thrown: unknown): NodeProblem {
    const error = toAppError(thrown);
    logFailure(log, error, { method: request.method ?? '', url: request.url ?? '' }, requestId);
    return { ...problemDocument(error, requestId), code: error.code };
  }

  async function serve(request: IncomingMessage, response: ServerResponse, arrival: Arrival): Promise<void> {
    const { requestId, header } = arrival;
    const origin = originOf(header);
    const principal = await admitKey(apiKeyVerifier, header, origin, scope);
    const facts = {
      ownId: arrival.ownId,
      requestId,
      arrivedAtMs: arrival.arrivedAtMs,
      origin,
      route: typeof route === 'string' ? route : route(request),
      method: request.method ?? 'GET',
      userAgent: request.headers['user-agent'],
    };
    const { call, headers } = await beginCall(services, principal, facts, fixed);
    // Who has left while the quota was asked for gets no call made, and pays for none.
    if (response.destroyed) return call.withdraw();
    const exchange = new NodeExchange(request, response, { call, ownHeaders: headers, requestId, problemOf });
    try {
      await handler(request, response, { principal, meter: call.meter, quota: call.quota, requestId });
    } catch (thrown) {
      exchange.fail(thrown);
    }
  }

  return (request, response) => {
    const arrivedAtMs = performance.now();
    const header = headerReader(request);
    const ownId = newId();
    const requestId = requestIdFrom(header(REQUEST_ID_HEADER), ownId);
    serve(request, response, { header, ownId, requestId, arrivedAtMs }).catch((thrown: unknown) =>
      sendProblem(response, problemOf(request, requestId, thrown)),
    );
  };
}

interface Arrival {
  header: HeaderReader;
  ownId: string;
  requestId: string;
  /** performance.now() */
  arrivedAtMs: number;
}
