/**
 * Sends Stripe's meters what is used by the hour, for Stripe's own pages, of plans that say so. It is a mirror: invoices do not rest
 * on it, and nothing waits for it.
 *
 *   an hour is over ─▶ its sum is noted ─▶ one event per metric and hour; what comes late is noted and sent as a further one
 *
 * Each event is an effect (run-effect.ts) and carries an identifier made of organization, metric, hour and revision, so that Stripe
 * refuses it the second time, which counts as sent. It knows identifiers for a day: before an event is repeated later than
 * that, what Stripe has of the hour is looked at.
 */
import { type Pool } from 'pg';
import type Stripe from 'stripe';
import { sha256Hex } from '@/kernel/sha256-hex';
import { readStripeCustomer } from '../customer-store';
import { type EffectFor } from '../effect-for';
import { type EffectStore } from '../effect-store';
import { type EffectOutcome, type EffectStep, type RunEffect } from '../run-effect';
import { type StripeClient } from '../stripe-client';
import { StripeFailure } from '../stripe-failure';
import {
  meterValueOf,
  type MeterValue,
  noteHours,
  readDueValues,
  readMeterValue,
  readToNote,
  removeOldMeterValues,
  settleValue,
} from './meter-value-store';

interface MirrorReport {
  /** Values that were noted, sent, refused for good, and such that Stripe did not answer for; these are tried again. */
  noted: number;
  sent: number;
  refused: number;
  unanswered: number;
}

export interface MirrorUsage {
  /**
   * Notes hours that are over, and sends what was not.
   * @param proceed says whether there is still time; what is left is done by the next call.
   * @throws what is no failure of Stripe: the database is away.
   */
  mirror(proceed: () => boolean): Promise<MirrorReport>;
  /** Removes what was noted more than 40 days ago. @returns how many values. */
  removeOld(): Promise<number>;
}

interface Options {
  pool: Pool;
  client: StripeClient;
  store: EffectStore;
  runEffect: RunEffect;
  effectFor: EffectFor;
  /** The real time. */
  now: () => Date;
}

const HOUR_MS = 3_600_000;
/** What is stored while an hour ends is let arrive first, in ms. */
const GRACE_MS = 5 * 60_000;
/** Values of one call. Stripe takes 1,000 meter events a second; our ceiling is far below. */
const AT_ONCE = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

type Sent = { id: string };
interface Event {
  event_name: string;
  identifier: string;
  timestamp: number;
  payload: { stripe_customer_id: string; value: string };
}

/** The name under which a metric has its meter. */
const eventNameOf = (metric: string): string => `tollgate_${metric}`;

/** Unique per organization, metric, hour and revision; at most 100 characters. */
const identifierOf = ({ organizationId, metric, hour, revision }: MeterValue): string =>
  `${hour.getTime() / 1000}-${revision}-${sha256Hex(`${organizationId}/${metric}`).slice(0, 40)}`;

export function createMirrorUsage({ pool, client, store, runEffect, effectFor, now }: Options): MirrorUsage {
  const { livemode } = client;

  async function note(proceed: () => boolean): Promise<number> {
    const closed = new Date(Math.floor((now().getTime() - GRACE_MS) / HOUR_MS) * HOUR_MS);
    let noted = 0;
    for (let after = FIRST_ID; ;) {
      const page = await readToNote(pool, livemode, closed, after);
      for (const id of page) {
        if (!proceed()) return noted;
        noted += await noteHours(pool, id, livemode, closed, now());
      }
      const last = page.at(-1);
      if (last === undefined) return noted;
      after = last;
    }
  }

  /** The meter of a metric, made once by whoever needs it first, as prices are. It stays as it is. */
  async function meterOf({ organizationId, metric }: MeterValue): Promise<EffectOutcome> {
    const request: Stripe.Billing.MeterCreateParams = {
      display_name: metric,
      event_name: eventNameOf(metric),
      default_aggregation: { formula: 'sum' },
    };
    return effectFor(
      { organizationId, effect: `meter/${metric}${livemode ? '' : '/sandbox'}`, kind: 'meter' },
      {
        request,
        perform: (params, idempotencyKey) =>
          client.call('billing.meter', (sdk) => sdk.billing.meters.create(params, { idempotencyKey })),
        async find() {
          const meters = await client.list('billing.meter', (sdk, paging) =>
            sdk.billing.meters.list({ status: 'active', ...paging }),
          );
          return meters.find((meter) => meter.event_name === request.event_name) ?? null;
        },
        // Another effect of that name was forgotten: the meter is there.
        mayExist: ({ param }) => param === 'event_name',
      },
    );
  }

  function sending(value: MeterValue, event: Event, before: string, meterId: string): EffectStep<Event, Sent> {
    return {
      request: event,
      async perform(request, idempotencyKey) {
        const { identifier: id } = request;
        try {
          await client.call('billing.meter_event', (sdk) =>
            // The answer has an identifier in place of an id.
            sdk.billing.meterEvents
              .create(request, { idempotencyKey })
              .then((made) => ({ ...made, id: made.identifier })),
          );
        } catch (error) {
          if (!(error instanceof StripeFailure) || error.kind !== 'exists') throw error;
        }
        return { id };
      },
      async find() {
        const start = value.hour.getTime() / 1000;
        const [summary] = await client.list('billing.meter_event_summary', (sdk, paging) =>
          sdk.billing.meters.listEventSummaries(meterId, {
            customer: event.payload.stripe_customer_id,
            start_time: start,
            end_time: start + HOUR_MS / 1000,
            ...paging,
          }),
        );
        const expected = Number(before) + Number(event.payload.value);
        const off = Math.abs((summary?.aggregated_value ?? 0) - expected);
        return off <= Math.abs(expected) * 1e-9 ? { id: event.identifier } : null;
      },
      record: (tx) => settleValue(tx, value, 'sent'),
      onRefused: (tx) => settleValue(tx, value, 'refused'),
    };
  }

  async function send(name: string): Promise<EffectOutcome | null> {
    const value = meterValueOf(name);
    const effect = await store.readEffect(name);
    const [known, customer] = [await readMeterValue(pool, value), await readStripeCustomer(pool, value.organizationId)];
    if (!effect || !known || known.waits || customer?.livemode !== livemode) return null;
    const meter = await meterOf(value);
    if (meter.is !== 'done') return meter;
    const event: Event = {
      event_name: eventNameOf(value.metric),
      identifier: identifierOf(value),
      timestamp: value.hour.getTime() / 1000,
      payload: { stripe_customer_id: customer.customerId, value: known.quantity },
    };
    return runEffect(effect, sending(value, event, known.before, meter.stripeId));
  }

  return {
    async mirror(proceed) {
      const report: MirrorReport = { noted: await note(proceed), sent: 0, refused: 0, unanswered: 0 };
      for (const effect of await readDueValues(pool, livemode, now(), AT_ONCE)) {
        if (!proceed()) break;
        const outcome = await send(effect);
        if (outcome?.is === 'done') report.sent += 1;
        if (outcome?.is === 'failed') report.refused += 1;
        if (outcome?.is !== 'unknown') continue;
        report.unanswered += 1;
        // Stripe is away: the rest waits for the next call.
        if (report.unanswered >= 3) break;
      }
      return report;
    },
    removeOld: () => removeOldMeterValues(pool, now()),
  };
}
