import { CALLS, type OwnEvent } from '@/metering/contracts';
import { type QuotaGate } from '@/quotas';
import { type RequestOrigin } from '../origin/client-reader';
import { CallQuota } from './call-quota';
import { CallMeter, type FixedMetrics } from './meter';

export const EVENT_ID_HEADER = 'x-usage-event-id';
/** The status recorded for a caller who hung up, as nginx has it; it never stands on a response. */
export const CLIENT_CLOSED = 499;

/** The part of the usage tracker that a wrapped handler needs. */
export interface UsageRecorder {
  /** @throws AppError if usage could not be kept now. */
  assertAccepting(): void;
  /** Resolves when the event is kept. @throws AppError usage_not_recorded if it cannot be. */
  record(event: OwnEvent): Promise<void>;
}

/** Who is charged for a call, and what is known of it before the handler runs. */
export interface CallFacts {
  /** Always ours, since a caller who chose it could make two calls count as one. */
  eventId: string;
  organizationId: string;
  apiKeyId: string | null;
  livemode: boolean;
  route: string | null;
  method: string;
  userAgent: string | null | undefined;
  origin: RequestOrigin;
  /** Unix time in ms at which the call was made: quota is taken for, and usage counted in, the period of this instant. */
  occurredAtMs: number;
  /** performance.now() at arrival. */
  arrivedAtMs: number;
}

/** How a call ended. */
export interface CallOutcome {
  status: number;
  requestBytes: number;
  responseBytes: number;
  errorCode: string | null;
}

/** Where a wrapper leaves the call for the guards inside it, out of sight of handlers. */
export const METERED_CALL = Symbol.for('tollgate.metered-call');

/** One request on its way to becoming one usage event. */
export class MeteredCall {
  readonly meter: CallMeter;
  readonly quota: CallQuota;
  /** Whether the call was taken back, so that there is no event of it. */
  withdrawn = false;
  private recorded: Promise<void> | null = null;
  private onceEnded: (() => void) | null = null;

  /** @throws TypeError if a fixed metric is not in the catalogue. */
  constructor(
    private readonly recorder: UsageRecorder,
    gate: QuotaGate,
    private readonly facts: CallFacts,
    fixed: FixedMetrics,
    isKnownMetric: (metric: string) => boolean,
    appUrl: string,
  ) {
    this.meter = new CallMeter(fixed, isKnownMetric);
    this.quota = new CallQuota(gate, this.meter, facts, appUrl);
  }

  get eventId(): string {
    return this.facts.eventId;
  }

  /** Unix time in ms by which the call is judged and counted. */
  get occurredAtMs(): number {
    return this.facts.occurredAtMs;
  }

  /** Whether the outcome is fixed: a later one is ignored. */
  get ended(): boolean {
    return this.recorded !== null;
  }

  /**
   * Records the call, once: a call that ends twice (a stream cancelled while it closes) is one event, the first.
   * @throws AppError usage_not_recorded if the event could not be kept.
   */
  end(outcome: CallOutcome): Promise<void> {
    if (this.recorded) return this.recorded;
    this.recorded = this.record(outcome);
    if (this.onceEnded) this.recorded.then(this.onceEnded, this.onceEnded);
    return this.recorded;
  }

  /**
   * Takes the call back before its handler has done anything: its units return, and it makes no event. For guards, whose
   * refusal is a call that was not made.
   */
  withdraw(): void {
    if (this.recorded) return;
    this.recorded = Promise.resolve();
    this.meter.seal();
    this.quota.giveAllBack();
    this.withdrawn = true;
  }

  /** Resolves when a call that goes on has ended and was recorded, or could not be. Never rejects. */
  whenEnded(): Promise<void> {
    return new Promise((resolve) => (this.onceEnded = resolve));
  }

  private record({ status, requestBytes, responseBytes, errorCode }: CallOutcome): Promise<void> {
    this.meter.seal();
    this.quota.releaseOpen();
    const { organizationId, apiKeyId, livemode, route, method, userAgent, origin, occurredAtMs, arrivedAtMs } =
      this.facts;
    const { leases } = this.quota;
    const event: OwnEvent = {
      id: this.eventId,
      organizationId,
      source: CALLS,
      occurredAtMs,
      livemode,
      apiKeyId,
      route: route === null || route.length <= 512 ? route : null,
      method,
      // Response.error() has status 0, which is no status.
      status: status >= 100 && status <= 599 ? status : 500,
      durationUs: Math.round((performance.now() - arrivedAtMs) * 1000),
      requestBytes,
      responseBytes,
      userAgent: userAgent ? userAgent.slice(0, 512) : null,
      ip: origin.retainedIp,
      country: origin.country,
      errorCode,
      quantities: this.meter.quantities,
      leases: leases.length > 0 ? leases : undefined,
    };
    // Leases stay with an event that could not be kept: it may lie on the disk all the same, and then settles them.
    return this.recorder.record(event);
  }
}
