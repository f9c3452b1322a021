import { type Metadata } from 'next';
import { oneOf, type PageParameters } from '@/app/page-parameters';
import { BillingPanel } from '@/billing/ui/billing-panel';
import { CHECKOUT_RETURNS } from '@/billing/ui/payment-words';
import { type Read } from '@/billing/ui/upcoming-card';
import { requirePageSession, services } from '@/container';
import { AppError } from '@/kernel/errors';

export const metadata: Metadata = { title: 'Billing' };

const FIRST_PAGE = 12;

/** What cannot be priced is told in its place; the rest of the page is of use without it. */
const readable = <T,>(reading: Promise<T>): Promise<Read<T>> =>
  reading.then(
    (value) => ({ value }),
    (error: unknown) => {
      if (error instanceof AppError && error.code !== 'internal') return { problem: error.message };
      throw error;
    },
  );

/** What owners and admins see and change. */
async function readOwned(organizationId: string) {
  const { billing, payments, env } = services();
  const [account, payment] = await Promise.all([billing.accounts.get(organizationId), payments.get(organizationId)]);
  const terms = { paymentDays: env.BILLING_PAYMENT_DAYS, dunningDays: env.BILLING_DUNNING_DAYS };
  return { account, payment, terms };
}

export default async function BillingPage({ searchParams }: PageParameters) {
  const { organization } = await requirePageSession();
  const { billing, invoices, subscriptions, planCatalogue, clock } = services();
  const now = clock.now();
  const [subscription, upcoming, overage, list, owner, metrics] = await Promise.all([
    subscriptions.get(organization.id),
    readable(billing.upcoming(organization.id, now)),
    readable(billing.overage(organization.id, now)),
    invoices.list(organization.id, { limit: FIRST_PAGE }),
    organization.role === 'member' ? null : readOwned(organization.id),
    planCatalogue.metrics(),
  ]);
  const checkout = oneOf((await searchParams).checkout);
  return (
    <BillingPanel
      key={organization.id}
      organizationName={organization.name}
      subscription={subscription}
      upcoming={upcoming}
      overage={overage}
      invoices={list}
      owner={owner}
      returned={CHECKOUT_RETURNS.find((returned) => returned === checkout) ?? null}
      metricNames={Object.fromEntries([...metrics.values()].map(({ key, name }) => [key, name]))}
      readAt={now.toISOString()}
    />
  );
}
