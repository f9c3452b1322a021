import { type UsageEvent } from '@/metering/contracts';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { type RequestOrigin } from './client-reader';
import { CallMeter, type FixedMetrics } from './meter';

export const EVENT_ID_HEADER = 'x-usage-event-id';
/** The status recorded for a caller who hung up, as nginx has it; it never stands on a response. */
export const CLIENT_CLOSED = 499;

/** The part of the usage tracker that a wrapped handler needs. */
export interface UsageRecorder {
  /** @throws AppError if usage could not be kept now. */
  assertAccepting(): void;
  /** Resolves when the event is kept; rejects if it cannot be. */
  record(event: UsageEvent): Promise<unknown>;
}

/** Who is charged for a call, and what is known of it before the handler runs. */
export interface CallFacts {
  organizationId: string;
  apiKeyId: string | null;
  livemode: boolean;
  route: string | null;
  method: string;
  userAgent: string | null | undefined;
  origin: RequestOrigin;
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

/** One request on its way to becoming one usage event. */
export class MeteredCall {
  /** Id of the event: always ours, since a caller who chose it could make two calls count as one. */
  readonly eventId = newId();
  readonly meter: CallMeter;
  private readonly occurredAtMs: number;
  private recorded: Promise<void> | null = null;
  private onceEnded: (() => void) | null = null;

  constructor(
    private readonly recorder: UsageRecorder,
    clock: Clock,
    private readonly facts: CallFacts,
    fixed: FixedMetrics,
    isKnownMetric: (metric: string) => boolean,
  ) {
    this.meter = new CallMeter(fixed, isKnownMetric);
    this.occurredAtMs = clock.now().getTime();
  }

  /** Whether the outcome is settled: a later one is ignored. */
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

  /** Resolves when a call that goes on has ended and was recorded, or could not be. Never rejects. */
  whenEnded(): Promise<void> {
    return new Promise((resolve) => (this.onceEnded = resolve));
  }

  private async record({ status, requestBytes, responseBytes, errorCode }: CallOutcome): Promise<void> {
    this.meter.seal();
    const { organizationId, apiKeyId, livemode, route, method, userAgent, origin, arrivedAtMs } = this.facts;
    const event: UsageEvent = {
      id: this.eventId,
      organizationId,
      source: 'api',
      occurredAtMs: this.occurredAtMs,
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
    };
    try {
      await this.recorder.record(event);
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'usage_not_recorded') throw cause;
      const message = 'The usage of this call could not be recorded, so it was not answered. Try again.';
      throw new AppError('usage_not_recorded', message, { cause, retryable: true, retryAfterSeconds: 1 });
    }
  }
}
