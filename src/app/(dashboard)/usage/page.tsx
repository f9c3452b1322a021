import { type Metadata } from 'next';
import { historyQuery, rangeQuery } from '@/analytics/contracts';
import { UsageDashboard } from '@/analytics/ui/usage-dashboard';
import { apiQueryOf, selectionFrom } from '@/analytics/ui/usage-selection';
import { requirePageSession, services } from '@/container';
import { OutlookCard } from '@/insight/ui/outlook-card';
import { AlertsCard } from '@/quotas/ui/alerts-card';
import { QuotaOutlook } from '@/quotas/ui/quota-outlook';
import { QuotasPanel } from '@/quotas/ui/quotas-panel';
import { QuotasProvider } from '@/quotas/ui/quotas-provider';
import { oneOf, type PageParameters } from '../../page-parameters';
import { readOffers } from './read-offers';
import { readQuotas } from './read-quotas';

export const metadata: Metadata = { title: 'Usage' };

export default async function UsagePage({ searchParams }: PageParameters) {
  const { organization } = await requirePageSession();
  const parameters = await searchParams;
  const selection = selectionFrom((name) => oneOf(parameters[name]));
  const { usageQueries, clock, env } = services();
  const query = Object.fromEntries(new URLSearchParams(apiQueryOf(selection)));
  const range = rangeQuery.parse(query);
  const offers = await readOffers(services(), organization.id);
  const [history, stats, trends, endpoints, current, { quotas, outlooks }] = await Promise.all([
    usageQueries.history(organization.id, historyQuery.parse(query)),
    usageQueries.stats(organization.id, range),
    usageQueries.trends(organization.id, range),
    offers.endpoints ? null : usageQueries.byEndpoint(organization.id, range),
    usageQueries.currentPeriod(organization.id, { mode: selection.mode }),
    readQuotas(services(), organization.id, selection.mode === 'live'),
  ]);
  const readAt = clock.now().toISOString();
  return (
    // Another organization is another page, whatever the numbers of the last one were.
    <QuotasProvider key={organization.id} {...quotas}>
      <UsageDashboard
        initial={{ history, stats, trends, endpoints, current, readAt }}
        initialSelection={selection}
        apiUrl={env.APP_URL}
        offers={offers}
        outlook={<QuotaOutlook />}
        forecast={<OutlookCard outlooks={outlooks} />}
        quotas={
          <>
            <QuotasPanel />
            <AlertsCard />
          </>
        }
      />
    </QuotasProvider>
  );
}
