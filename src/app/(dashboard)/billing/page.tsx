import { type Metadata } from 'next';
import { BillingPanel } from '@/billing/ui/billing-panel';
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

export default async function BillingPage() {
  const { organization } = await requirePageSession();
  const { billing, invoices, subscriptions, planCatalogue, clock } = services();
  const now = clock.now();
  const [subscription, upcoming, overage, list, account, metrics] = await Promise.all([
    subscriptions.get(organization.id),
    readable(billing.upcoming(organization.id, now)),
    readable(billing.overage(organization.id, now)),
    invoices.list(organization.id, { limit: FIRST_PAGE }),
    organization.role === 'member' ? null : billing.accounts.get(organization.id),
    planCatalogue.metrics(),
  ]);
  return (
    <BillingPanel
      key={organization.id}
      organizationName={organization.name}
      subscription={subscription}
      upcoming={upcoming}
      overage={overage}
      invoices={list}
      account={account}
      metricNames={Object.fromEntries([...metrics.values()].map(({ key, name }) => [key, name]))}
      readAt={now.toISOString()}
    />
  );
}
