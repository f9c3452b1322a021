import { type Metadata } from 'next';
import { notFound } from 'next/navigation';
import { SimulationsPanel } from '@/billing/ui/admin/simulations-panel';
import { requirePageSession, services } from '@/container';
import { planView } from '@/plans';

export const metadata: Metadata = { title: 'Simulations' };

/** How far back is offered first, in months. */
const MONTHS = 6;

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

export default async function SimulationsPage() {
  const { isPlatformAdmin } = await requirePageSession();
  if (!isPlatformAdmin) notFound();
  const { planCatalogue, clock } = services();
  const [plans, metrics] = await Promise.all([planCatalogue.plans(), planCatalogue.metrics()]);
  const now = clock.now();
  const range = {
    from: dayOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - MONTHS, 1))),
    to: dayOf(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1))),
  };
  return <SimulationsPanel plans={plans.map((plan) => planView(plan, metrics))} range={range} />;
}
