import { type Metadata } from 'next';
import { notFound } from 'next/navigation';
import { RunsPanel } from '@/billing/ui/admin/runs-panel';
import { requirePageSession, services } from '@/container';

export const metadata: Metadata = { title: 'Billing runs' };

const FIRST_PAGE = 20;

export default async function BillingRunsPage() {
  const { isPlatformAdmin } = await requirePageSession();
  if (!isPlatformAdmin) notFound();
  return <RunsPanel initial={await services().billingRuns.list({ limit: FIRST_PAGE })} />;
}
