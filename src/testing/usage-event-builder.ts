import { API_CALLS, type UsageEvent } from '@/metering/contracts';
import { newId } from '@/kernel/ids';

/** A complete usage event; what a test cares about is given. */
export function buildUsageEvent(given: Partial<UsageEvent> & Pick<UsageEvent, 'organizationId'>): UsageEvent {
  return {
    id: newId(),
    source: 'api',
    occurredAtMs: Date.now(),
    livemode: true,
    apiKeyId: null,
    route: '/v1/documents/{id}',
    method: 'GET',
    status: 200,
    durationUs: 12_345,
    requestBytes: 0,
    responseBytes: 512,
    userAgent: 'test/1.0',
    ip: '192.0.2.1',
    country: 'DE',
    errorCode: null,
    quantities: { [API_CALLS]: 1 },
    ...given,
  };
}
