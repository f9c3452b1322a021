/**
 * Events that programs report over HTTP: read from whatever shape they came in, checked one by one, recorded in one
 * transaction. A bad event is answered in its place and keeps no other from being recorded.
 */
import { type z } from 'zod';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { type MetricCatalogue } from '@/plans';
import { cloudEventsOf, type Message } from './cloud-events';
import { type eventResult, type recordEventsResponse, type trackInput, type UsageEvent } from './contracts';
import { parseUsageEvent, type ParsedEvent, type ReportContext } from './parse-usage-event';
import { type UsageStore } from './usage-store-contract';

const MAX_EVENTS = 1_000;

type RecordEventsResponse = z.output<typeof recordEventsResponse>;
type EventResult = z.output<typeof eventResult>;
type TrackInput = z.output<typeof trackInput>;

/** In whose name events are reported; usage reported with a test key is test usage. */
export type Reporter = Pick<ReportContext, 'organizationId' | 'livemode' | 'apiKeyId'>;

export interface UsageReports {
  /**
   * Records one event, `{ events: […] }`, an array, or CloudEvents if the media type or headers say so; results in the
   * order given. Only a batch of CloudEvents may be empty.
   * @throws AppError invalid_request for none or more than 1,000 events, unavailable (nothing was recorded) without database.
   */
  record(reporter: Reporter, message: Message): Promise<RecordEventsResponse>;
  /** Records one metric of one event. @throws AppError as `record`, and invalid_request if the event is rejected. */
  track(reporter: Reporter, input: TrackInput): Promise<RecordEventsResponse>;
}

interface UsageReportsOptions {
  store: UsageStore;
  catalogue: MetricCatalogue;
  clock: Clock;
  storedIp: (ip: string) => string | null;
}

export function createUsageReports({ store, catalogue, clock, storedIp }: UsageReportsOptions): UsageReports {
  async function recordAll(reporter: Reporter, reports: ((context: ReportContext) => ParsedEvent)[]) {
    const metrics = await catalogue.all().catch(unavailable);
    const context: ReportContext = { ...reporter, nowMs: clock.now().getTime(), metrics, storedIp };
    const parsed = reports.map((parse) => parse(context));
    const events: UsageEvent[] = parsed.flatMap((result) => (result.ok ? [result.event] : []));
    const outcomes = (await store.record(events)).values();
    const results = parsed.map((result): EventResult => {
      if (!result.ok) return { id: result.id, outcome: 'rejected', reason: result.reason, message: result.message };
      return { id: result.event.id, ...outcomes.next().value! };
    });
    return summarised(results);
  }

  return {
    async record(reporter, message) {
      const cloudEvents = cloudEventsOf(message);
      const reports = cloudEvents ?? eventsOf(message.body).map((input) => parserOf(input));
      if (reports.length === 0 && !cloudEvents) throw new AppError('invalid_request', 'The body has no events.');
      if (reports.length > MAX_EVENTS) {
        throw new AppError('invalid_request', `At most ${MAX_EVENTS} events at once, received ${reports.length}.`);
      }
      return recordAll(reporter, reports);
    },

    async track(reporter, { metric, quantity, id = newId(), occurred_at, route }) {
      const response = await recordAll(reporter, [
        parserOf({ id, occurred_at, route, quantities: { [metric]: quantity } }),
      ]);
      const [result] = response.results;
      // With one event there is no other to keep from harm, and a caller who reads only the status must not be misled.
      if (result?.outcome === 'rejected')
        throw new AppError('invalid_request', result.message ?? 'The event was rejected.');
      return response;
    },
  };
}

function unavailable(cause: unknown): never {
  throw new AppError('unavailable', 'The database cannot be reached. Nothing was recorded; the call may be repeated.', {
    cause,
    retryable: true,
    retryAfterSeconds: 2,
  });
}

const parserOf = (input: unknown) => (context: ReportContext) => parseUsageEvent(input, context);

function eventsOf(body: unknown): unknown[] {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null || !('events' in body)) return [body];
  if (!Array.isArray(body.events)) throw new AppError('invalid_request', 'events: expected an array.');
  const unknown = Object.keys(body).filter((key) => key !== 'events');
  if (unknown.length > 0) throw new AppError('invalid_request', `Unknown fields beside events: ${unknown.join(', ')}.`);
  return body.events;
}

function summarised(results: EventResult[]): RecordEventsResponse {
  const counted = (outcome: EventResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  return { accepted: counted('accepted'), duplicates: counted('duplicate'), rejected: counted('rejected'), results };
}
