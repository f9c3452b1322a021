import { type Metadata } from 'next';
import { historyQuery, rangeQuery } from '@/analytics/contracts';
import { UsageDashboard } from '@/analytics/ui/usage-dashboard';
import { apiQueryOf, selectionFrom } from '@/analytics/ui/usage-selection';
import { requirePageSession, services } from '@/container';
import { oneOf, type PageParameters } from '../../page-parameters';

export const metadata: Metadata = { title: 'Usage' };

export default async function UsagePage({ searchParams }: PageParameters) {
  const { organization } = await requirePageSession();
  const parameters = await searchParams;
  const selection = selectionFrom((name) => oneOf(parameters[name]));
  const { usageQueries, clock, env } = services();
  const query = Object.fromEntries(new URLSearchParams(apiQueryOf(selection)));
  const range = rangeQuery.parse(query);
  const [history, stats, trends, endpoints, current] = await Promise.all([
    usageQueries.history(organization.id, historyQuery.parse(query)),
    usageQueries.stats(organization.id, range),
    usageQueries.trends(organization.id, range),
    usageQueries.byEndpoint(organization.id, range),
    usageQueries.currentPeriod(organization.id, { mode: selection.mode }),
  ]);
  const readAt = clock.now().toISOString();
  return (
    <UsageDashboard
      // Another organization is another page, whatever the numbers of the last one were.
      key={organization.id}
      initial={{ history, stats, trends, endpoints, current, readAt }}
      initialSelection={selection}
      apiUrl={env.APP_URL}
    />
  );
}
