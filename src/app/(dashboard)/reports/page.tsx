import { type Metadata } from 'next';
import { requirePageSession, services } from '@/container';
import { ReportsPanel } from '@/insight/ui/reports/reports-panel';
import { SchedulesCard } from '@/insight/ui/reports/schedules-card';
import { readOffers } from '../usage/read-offers';

export const metadata: Metadata = { title: 'Reports' };

const FIRST_PAGE = 20;
/** Keys to choose from. */
const MOST_KEYS = 100;

export default async function ReportsPage() {
  const { organization } = await requirePageSession();
  const { reports, reportSchedules, metricCatalogue, apiKeys, clock } = services();
  const [list, schedules, metrics, keys, offers] = await Promise.all([
    reports.list(organization.id, { limit: FIRST_PAGE }, { testOnly: false }),
    reportSchedules.list(organization.id),
    metricCatalogue.all(),
    apiKeys.list(organization.id, { limit: MOST_KEYS }),
    readOffers(services(), organization.id),
  ]);
  return (
    <ReportsPanel
      key={organization.id}
      initial={list}
      choices={{
        metrics: [...metrics.values()].map(({ key, name }) => ({ key, name })),
        keys: keys.data.filter(({ livemode }) => livemode).map(({ id, name }) => ({ id, name })),
      }}
      today={clock.now().toISOString().slice(0, 10)}
      mayDelete={organization.role !== 'member'}
      offer={offers.export}
    >
      <SchedulesCard initial={schedules} mayChange={organization.role !== 'member' && offers.export === null} />
    </ReportsPanel>
  );
}
