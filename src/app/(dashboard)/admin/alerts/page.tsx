import { type Metadata } from 'next';
import { notFound } from 'next/navigation';
import { requirePageSession, services } from '@/container';
import { AlertsPanel } from '@/insight/ui/alerts/alerts-panel';
import { readAlertNames } from '../../alerts/read-alert-names';

export const metadata: Metadata = { title: 'All alerts' };

export default async function AdminAlertsPage() {
  const { isPlatformAdmin } = await requirePageSession();
  if (!isPlatformAdmin) notFound();
  const { quotaStore, alertRules } = services();
  const [alerts, rules, names] = await Promise.all([
    quotaStore.alerts(null, { status: 'open', limit: 25 }),
    alertRules.list(null),
    readAlertNames(services(), null),
  ]);
  return <AlertsPanel of="installation" initial={alerts} rules={rules} names={names} mayChange />;
}
