import { z } from 'zod';

/** Metric that every metered request carries. */
export const API_CALLS = 'api_calls';

/** Days for which sums per hour are kept; sums per day stay. */
export const HOURLY_SUMS_DAYS = 400;

export type Aggregation = 'sum' | 'count' | 'max' | 'last' | 'unique';

/**
 * How much of a metric one event carries: an exact decimal from 0 to 10¹⁸, as a number or, where none holds it, its digits; for
 * metrics that count distinct values, the value.
 */
export type Quantity = number | string;

/** The same, or several distinct values that one event names. */
export type EventQuantity = Quantity | readonly string[];

/** Most distinct values of a metric that one event names. */
export const MOST_VALUES = 1_000;

/** The gauge that this program reports itself, whenever a member comes or leaves: see the function report_members. */
export const MEMBERS = 'members';

/** A source of events that only this program writes: calls of wrapped handlers, and committed reservations. */
export interface OwnSource {
  readonly kind: 'own';
  readonly name: 'api' | 'reservations';
}
/** A source that somebody else named, in a report or for an import; 1 to 64 characters. */
interface NamedSource<K extends 'reported' | 'imported' = 'reported' | 'imported'> {
  readonly kind: K;
  readonly name: string;
}
/**
 * Where an event comes from. The kind is part of its identity, and whoever reports or imports cannot say `own`: what is named
 * `api` there is another source than ours.
 */
export type EventSource = OwnSource | NamedSource;

/** The source of calls, and that of committed reservations. */
export const CALLS: OwnSource = Object.freeze({ kind: 'own', name: 'api' });
export const RESERVATIONS: OwnSource = Object.freeze({ kind: 'own', name: 'reservations' });

/** One thing that happened. Immutable; identified by organization, mode, source and id. */
export interface UsageEvent {
  /** Unique within the source; at most 255 characters. */
  id: string;
  organizationId: string;
  source: EventSource;
  /** Unix time in milliseconds at which it happened. */
  occurredAtMs: number;
  /** False for usage of test keys: kept apart and never billed. */
  livemode: boolean;
  apiKeyId: string | null;
  /** Route template, e.g. `/v1/documents/{id}`; at most 512 characters. */
  route: string | null;
  method: string | null;
  /** HTTP status 100–599; 499 when the client hung up. */
  status: number | null;
  /** Microseconds from the request's arrival to the end of the response. */
  durationUs: number | null;
  requestBytes: number | null;
  responseBytes: number | null;
  /** At most 512 characters. */
  userAgent: string | null;
  /** Already reduced to what CLIENT_IP allows. */
  ip: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
  errorCode: string | null;
  /** Metric key to quantity. */
  quantities: Readonly<Record<string, EventQuantity>>;
  /** What was lent for it by its organization's quotas; recording settles it. Absent or empty: nothing was. */
  leases?: readonly LeasedUnits[] | undefined;
}

/** An event that this program makes of what it answered. Nothing else is ever journalled. */
export type OwnEvent = UsageEvent & { source: OwnSource };

/** Units of one lease that an event uses up. */
export interface LeasedUnits {
  leaseId: string;
  metric: string;
  /** More than 0, in the metric's unit. */
  units: number;
}

export type EventOutcome =
  | { outcome: 'accepted' }
  | { outcome: 'duplicate' }
  | { outcome: 'rejected'; reason: RejectionReason; message: string };

export type RejectionReason =
  | 'unknown_organization'
  | 'unknown_metric'
  | 'invalid_event'
  | 'too_early'
  | 'too_late'
  /** The units lent for it were given to others before it was recorded; only where nobody was answered yet. */
  | 'lease_expired'
  /** Another event stands under the identity of this one, which is ours: a call that was answered would not be counted. */
  | 'identity_taken';

/** What became of the tracker's events, for the health page and the readiness probe. */
export interface TrackerStatus {
  durability: 'journal' | 'database' | 'memory';
  /** Events acknowledged but not yet in the database. */
  backlog: number;
  /** Events recorded by this process since it started. */
  recorded: number;
  duplicates: number;
  /** Events dropped by the `shed` policy. */
  shed: number;
  /** Events the database refused for good; they stand in the journal's rejected file. */
  rejected: number;
  /** Whether the journal accepts writes; null where there is none. */
  journalWritable: boolean | null;
  /** Last failure to write a batch, and when; null while all is well. */
  lastFailure: { at: string; message: string } | null;
}

const instant = z.iso.datetime({ offset: true });
/** A quantity as answers tell it: src/kernel/quantity.ts. */
export const quantityView = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?$/)])
  .describe(
    'Exact: a JSON number if it is whole and at most 9007199254740991, or has at most 15 significant digits; else a string of all its digits.',
  );

/** The JSON number of a whole quantity may have been rounded beyond 2⁵³ − 1 before anybody could look at it. */
const quantity = z
  .union([z.number().min(0).max(Number.MAX_SAFE_INTEGER), z.string().min(1).max(255)])
  .describe(
    'A number from 0 to 9007199254740991, of which 12 digits behind the point are kept; as a string of digits what no JSON number ' +
      'holds, up to 10^18. For metrics that count distinct values, the value.',
  );

/** One event as reported over HTTP. Unknown fields are refused. */
export const usageEventInput = z
  .strictObject({
    id: z.string().min(1).max(255).describe('Unique within the source. Sending it again is safe: it is counted once.'),
    source: z.string().min(1).max(64).default('events'),
    occurred_at: instant.optional().describe('When it happened; now if absent. At most one hour ahead.'),
    route: z.string().min(1).max(512).optional(),
    method: z
      .string()
      .regex(/^[A-Z]{3,10}$/)
      .optional(),
    status: z.int().min(100).max(599).optional(),
    duration_ms: z.number().min(0).max(86_400_000).optional(),
    request_bytes: z.int().min(0).optional(),
    response_bytes: z.int().min(0).optional(),
    user_agent: z.string().max(512).optional(),
    ip: z.union([z.ipv4(), z.ipv6()]).optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/)
      .optional(),
    error_code: z.string().max(64).optional(),
    quantities: z
      .record(z.string(), quantity)
      .refine((q) => Object.keys(q).length > 0 && Object.keys(q).length <= 20, '1 to 20 metrics'),
  })
  .meta({ id: 'UsageEventInput' });
export type UsageEventInput = z.output<typeof usageEventInput>;

/** What the data of a CloudEvent is: our own format, but for what its envelope has. */
export const cloudEventData = usageEventInput.omit({ id: true, source: true, occurred_at: true });

/** In the JSON event format an optional attribute that is null is one that is absent. */
const optional = <S extends z.ZodType>(schema: S) => schema.nullish().transform((value) => value ?? undefined);

/** One event in the CloudEvents 1.0 JSON format; `data.quantities` carries the metrics. Extensions are let pass. */
export const cloudEventInput = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string().min(1).max(255),
    source: z.string().min(1).max(2_048).describe('A URI reference. With the id it identifies the event.'),
    type: z.string().min(1),
    time: optional(
      // RFC 3339 lets both letters be small.
      z.string().toUpperCase().pipe(instant),
    ),
    subject: optional(z.string().min(1)),
    dataschema: optional(z.string().min(1)),
    datacontenttype: optional(z.string().min(1)).describe('application/json if absent; JSON in any case.'),
    data: optional(cloudEventData),
    data_base64: optional(z.base64().min(1)).describe('Instead of data: its JSON, in UTF-8, as Base64.'),
  })
  .meta({ id: 'CloudEventInput' });

export const eventResult = z
  .object({
    id: z.string().nullable(),
    outcome: z.enum(['accepted', 'duplicate', 'rejected']),
    reason: z.string().optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'UsageEventResult' });

export const recordEventsResponse = z
  .object({ accepted: z.int(), duplicates: z.int(), rejected: z.int(), results: z.array(eventResult) })
  .meta({ id: 'RecordEventsResponse' });

/** `POST /api/v1/usage/track`: one metric of one event, in the fewest words. */
export const trackInput = z
  .strictObject({
    metric: z.string().min(1),
    quantity: quantity.default(1),
    id: z.string().min(1).max(255).optional(),
    occurred_at: instant.optional(),
    route: z.string().min(1).max(512).optional(),
  })
  .meta({ id: 'TrackInput' });
