import { API_CALLS, CALLS, type OwnEvent, type OwnSource, type UsageEvent } from '@/metering/contracts';
import { newId } from '@/kernel/ids';

type Given = Partial<UsageEvent> & Pick<UsageEvent, 'organizationId'>;

/** A complete usage event, of a call unless another source is given; what a test cares about is given. */
export function buildUsageEvent(given: Given & { source?: OwnSource }): OwnEvent;
export function buildUsageEvent(given: Given): UsageEvent;
export function buildUsageEvent(given: Given): UsageEvent {
  return {
    id: newId(),
    source: CALLS,
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
