import { type Metadata } from 'next';
import { requirePageSession, services } from '@/container';
import { AlertsPanel } from '@/insight/ui/alerts/alerts-panel';
import { readAlertNames } from './read-alert-names';

export const metadata: Metadata = { title: 'Alerts' };

export default async function AlertsPage() {
  const { organization } = await requirePageSession();
  const { quotaStore, alertRules } = services();
  const [alerts, rules, names] = await Promise.all([
    quotaStore.alerts(organization.id, { status: 'open', limit: 25 }),
    alertRules.list(organization.id),
    readAlertNames(services(), organization.id),
  ]);
  return (
    <AlertsPanel
      key={organization.id}
      of="organization"
      initial={alerts}
      rules={rules}
      names={names}
      mayChange={organization.role !== 'member'}
    />
  );
}
