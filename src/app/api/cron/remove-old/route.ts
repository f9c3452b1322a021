import { z } from 'zod';
import { route } from '@/container';

export const GET = route(
  {
    id: 'removeOld',
    tag: 'Scheduler',
    summary: 'Removes what is older than it is kept',
    caller: 'scheduler',
    answer: { status: 200, says: 'How much there was of each.', schema: z.looseObject({}) },
  },
  async ({
    services: {
      usageRetention,
      quotaStore,
      mailer,
      notifier,
      invitations,
      idempotency,
      stripe,
      stripeEvents,
      billingRuns,
      usageForecasts,
      reports,
      clock,
    },
  }) => ({
    usage: await usageRetention.removeOld(clock.now()),
    alerts: await quotaStore.removeOldAlerts(clock.now()),
    messages: await mailer.removeOld(),
    notices: await notifier.removeOld(),
    invitations: await invitations.removeOld(),
    idempotency_keys: await idempotency.removeOld(),
    stripe_events: await stripeEvents.removeOld(),
    ...(stripe && { stripe_meter_values: await stripe.meters.removeOld() }),
    reports: await reports.removeOld(),
    billing_runs: await billingRuns.removeOld(clock.now()),
    forecasts: await usageForecasts.removeOld(clock.now()),
  }),
);
