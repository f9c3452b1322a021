import { type Clock } from '@/kernel/clock';
import { type Principal } from '../principal';
import { REQUEST_ID_HEADER } from '../request-id';
import { admitCall, type LimitServices, payerOf } from './admit-call';
import { type FixedMetrics } from './meter';
import { type CallFacts, EVENT_ID_HEADER, MeteredCall } from './metered-call';

export interface CallServices extends LimitServices {
  clock: Clock;
  metricCatalogue: { isKnown: (metric: string) => boolean };
}

/** What a server knows of a call that arrives. */
interface Arrival extends Pick<CallFacts, 'route' | 'method' | 'userAgent' | 'origin' | 'arrivedAtMs'> {
  ownId: string;
  requestId: string;
}

interface BegunCall {
  call: MeteredCall;
  /** What the answer says besides the handler's own headers, as in HeaderList; the event's id is the last. */
  headers: string[];
}

/**
 * Lets a call in, for every wrapper and under whatever server: one instant, read once, says both for which period units are
 * taken and in which the event is counted.
 * @throws AppError of admitCall for a call that is not allowed; TypeError for a fixed metric that is not in the catalogue.
 */
export async function beginCall(
  services: CallServices,
  principal: Principal,
  { ownId, requestId, route, method, userAgent, origin, arrivedAtMs }: Arrival,
  fixed: FixedMetrics,
): Promise<BegunCall> {
  const { usageTracker, quotaGate, clock, metricCatalogue, env } = services;
  const { organizationId, livemode } = payerOf(principal);
  const facts: CallFacts = {
    eventId: ownId,
    organizationId,
    apiKeyId: principal.kind === 'api_key' ? principal.apiKeyId : null,
    livemode,
    route,
    method,
    userAgent,
    origin,
    occurredAtMs: clock.now().getTime(),
    arrivedAtMs,
  };
  const call = new MeteredCall(usageTracker, quotaGate, facts, fixed, metricCatalogue.isKnown, env.APP_URL);
  const { leases, headers } = await admitCall(services, principal, fixed, facts.occurredAtMs);
  call.quota.keep(leases);
  headers.push(REQUEST_ID_HEADER, requestId, EVENT_ID_HEADER, ownId);
  return { call, headers };
}
