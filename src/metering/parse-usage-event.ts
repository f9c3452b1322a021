import { type z } from 'zod';
import { parseUnits, roundedUnits } from '@/kernel/quantity';
import {
  usageEventInput,
  type Aggregation,
  MEMBERS,
  type Quantity,
  type RejectionReason,
  type UsageEvent,
  type UsageEventInput,
} from './contracts';

/** An hour, for clocks that run ahead and senders that round up. */
const MAX_AHEAD_MS = 3_600_000;
/** Before this an instant is more likely seconds read as milliseconds than a request. */
const EARLIEST_MS = Date.UTC(2000, 0, 1);
/** Durations are kept as 32-bit microseconds: 35 minutes. */
const MAX_DURATION_US = 2 ** 31 - 1;
/** Postgres keeps neither NUL nor half of a surrogate pair; to replace them would make two ids one. */
const UNSTORABLE = /[\0\p{Cs}]/u;

/** Who reports events, and what the report is checked against. */
export interface ReportContext {
  organizationId: string;
  livemode: boolean;
  apiKeyId: string | null;
  nowMs: number;
  metrics: ReadonlyMap<string, { aggregation: Aggregation }>;
  /** As much of an address as may be stored. */
  storedIp: (ip: string) => string | null;
}

export type ParsedEvent =
  { ok: true; event: UsageEvent } | { ok: false; id: string | null; reason: RejectionReason; message: string };

/** Why an event cannot be counted, thrown where it is found. */
export class Rejection extends Error {
  constructor(
    readonly reason: RejectionReason,
    message: string,
  ) {
    super(message);
  }
}

/** One event in our own format. Never throws: what is wrong with it is its result. */
export function parseUsageEvent(input: unknown, context: ReportContext): ParsedEvent {
  return parsed(input, () => toUsageEvent(checked(usageEventInput, input), context));
}

function parsed(input: unknown, parse: () => UsageEvent): ParsedEvent {
  try {
    return { ok: true, event: parse() };
  } catch (error) {
    return rejected(error, idOf(input));
  }
}

/** What was thrown, as a result. @throws whatever is no Rejection */
export function rejected(error: unknown, id: string | null): ParsedEvent {
  if (!(error instanceof Rejection)) throw error;
  return { ok: false, id, reason: error.reason, message: error.message };
}

/** The id that something which may be no event says it has. */
export function idOf(input: unknown): string | null {
  const id = typeof input === 'object' && input !== null && 'id' in input ? input.id : null;
  return typeof id === 'string' ? id.slice(0, 255) : null;
}

/** @param place what the input is called where it has no field of a name; it stands before the names of its fields. */
export function checked<S extends z.ZodType>(schema: S, input: unknown, place?: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const messages = result.error.issues.map(
    ({ path, message }) => `${[...(place ? [place] : []), ...path.map(String)].join('.') || 'event'}: ${message}`,
  );
  throw new Rejection('invalid_event', messages.join('; '));
}

function toUsageEvent(input: UsageEventInput, context: ReportContext): UsageEvent {
  const texts = {
    id: input.id,
    source: input.source,
    route: input.route,
    user_agent: input.user_agent,
    error_code: input.error_code,
  };
  for (const [field, text] of Object.entries(texts)) if (text !== undefined) requireStorable(field, text);
  return {
    id: input.id,
    organizationId: context.organizationId,
    source: { kind: 'reported', name: input.source },
    occurredAtMs: occurredAtMs(input.occurred_at, context.nowMs),
    livemode: context.livemode,
    apiKeyId: context.apiKeyId,
    route: input.route ?? null,
    method: input.method ?? null,
    status: input.status ?? null,
    durationUs: durationUs(input.duration_ms),
    requestBytes: input.request_bytes ?? null,
    responseBytes: input.response_bytes ?? null,
    userAgent: input.user_agent ?? null,
    ip: input.ip === undefined ? null : context.storedIp(input.ip),
    country: input.country ?? null,
    errorCode: input.error_code ?? null,
    quantities: quantities(input.quantities, context.metrics),
  };
}

/** @throws Rejection */
export function requireStorable(field: string, text: string): void {
  if (UNSTORABLE.test(text)) throw new Rejection('invalid_event', `${field}: contains NUL or half of a surrogate pair`);
}

function occurredAtMs(occurredAt: string | undefined, nowMs: number): number {
  if (occurredAt === undefined) return nowMs;
  const timeMs = Date.parse(occurredAt);
  if (Number.isNaN(timeMs)) throw new Rejection('invalid_event', `occurred_at: ${occurredAt} is no instant`);
  if (timeMs > nowMs + MAX_AHEAD_MS) {
    throw new Rejection('too_late', `occurred_at: ${occurredAt} is more than one hour ahead`);
  }
  if (timeMs < EARLIEST_MS) throw new Rejection('too_early', `occurred_at: ${occurredAt} is before 2000-01-01`);
  return timeMs;
}

function durationUs(durationMs: number | undefined): number | null {
  if (durationMs === undefined) return null;
  const us = Math.round(durationMs * 1000);
  if (us > MAX_DURATION_US) {
    throw new Rejection(
      'invalid_event',
      `duration_ms: at most ${Math.floor(MAX_DURATION_US / 1000)}, received ${durationMs}`,
    );
  }
  return us;
}

function quantities(given: UsageEventInput['quantities'], metrics: ReportContext['metrics']): UsageEvent['quantities'] {
  return Object.fromEntries(
    Object.entries(given).map(([key, quantity]): [string, Quantity] => {
      const metric = metrics.get(key);
      if (!metric) throw new Rejection('unknown_metric', `quantities.${key}: there is no metric of this name`);
      if (key === MEMBERS)
        throw new Rejection('invalid_event', `quantities.${key}: is counted by the members there are`);
      if (typeof quantity === 'number') return [key, roundedUnits(quantity)];
      if (metric.aggregation === 'unique') {
        requireStorable(`quantities.${key}`, quantity);
        return [key, quantity];
      }
      const units = parseUnits(quantity);
      // What a number holds is told as one; digits are for what none does.
      if (typeof units !== 'string') {
        throw new Rejection(
          'invalid_event',
          `quantities.${key}: expected a number, or digits that no number holds, up to 10^18; received ${JSON.stringify(quantity.slice(0, 60))}`,
        );
      }
      return [key, units];
    }),
  );
}
